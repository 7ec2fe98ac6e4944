// SPDX-License-Identifier: GPL-2.0
/* Properties of a device that is to come: see announce.h. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "usb/announce.h"
#include "usb/vhci.h"

#define SUBDIR "udev"
#define SESSION_LINE "ID_USBIP_TLS_SESSION=%" PRIu32 "\n"

static const char *run_dir = UT_RUN_DIR;

void ut_announce_dir_set(const char *dir)
{
	run_dir = dir ? dir : UT_RUN_DIR;
}

/* udev takes lines of KEY=VALUE: nothing may begin a line or end a value. */
static void plain(char *dst, size_t size, const char *name)
{
	static const char good[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._:";
	size_t i;

	snprintf(dst, size, "%s", name);
	for (i = 0; dst[i]; i++)
		if (!strchr(good, dst[i]))
			dst[i] = '_';
}

static int make_dir(const char *path, mode_t mode, struct ut_err *err)
{
	if (!mkdir(path, mode) || errno == EEXIST)
		return 0;
	return ut_err_errno(err, ut_exit_of_errno(errno), errno,
			    "cannot make %s", path);
}

/* Where the file of a port is, and the directory it is in. */
static int place(uint32_t port, char dir[PATH_MAX], char path[PATH_MAX],
		 struct ut_err *err)
{
	char here[32];
	int ret = ut_vhci_port_busid(port, here, err);

	if (!ret)
		ret = ut_path_join(dir, PATH_MAX, run_dir, SUBDIR, err);
	if (!ret)
		ret = ut_path_join(path, PATH_MAX, dir, here, err);
	return ret;
}

int ut_announce(uint32_t port, uint32_t session, const char *dock,
		const char *busid, struct ut_err *err)
{
	char dir[PATH_MAX], path[PATH_MAX];
	char name[256], there[32], text[512];
	int ret, len;

	ret = place(port, dir, path, err);
	if (!ret)
		ret = make_dir(run_dir, UT_RUN_DIR_MODE, err);
	if (!ret)
		ret = make_dir(dir, 0700, err);
	if (ret)
		return ret;
	plain(name, sizeof(name), dock);
	plain(there, sizeof(there), busid);
	len = snprintf(text, sizeof(text),
		       "ID_USBIP_TLS=1\n"
		       "ID_USBIP_TLS_ROLE=imported\n"
		       "ID_USBIP_TLS_DOCK=%s\n"
		       "ID_USBIP_TLS_BUSID=%s\n"
		       SESSION_LINE, name, there, session);
	return ut_file_write(path, text, (size_t)len, 0600, true, err);
}

int ut_announce_end(uint32_t port, uint32_t session, struct ut_err *err)
{
	char dir[PATH_MAX], path[PATH_MAX], line[64];
	struct ut_buf said;
	bool its;
	int ret;

	ret = place(port, dir, path, err);
	if (!ret)
		ret = ut_file_read(path, &said, err);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	/* The last line, and a whole one. */
	snprintf(line, sizeof(line), "\n" SESSION_LINE, session);
	its = said.len > strlen(line) &&
	      !strcmp(said.data + said.len - strlen(line), line);
	ut_buf_free(&said);
	if (its && unlink(path) && errno != ENOENT)
		return ut_err_errno(err, ut_exit_of_errno(errno), errno,
				    "cannot remove %s", path);
	return 0;
}
