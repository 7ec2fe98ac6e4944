// SPDX-License-Identifier: GPL-2.0
/* Facts about kernel and modules, from /sys, /lib/modules and dkms. */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "base/file.h"
#include "tls/ktls.h"
#include "usb/sysfs.h"

static const char *doctor_root = "";

void ut_doctor_root_set(const char *root)
{
	doctor_root = root ? root : "";
}

const char *ut_doctor_path(char buf[UT_DOCTOR_PATH_SIZE], const char *fmt, ...)
{
	size_t len = (size_t)snprintf(buf, UT_DOCTOR_PATH_SIZE, "%s",
				      doctor_root);
	va_list ap;

	va_start(ap, fmt);
	if (len < UT_DOCTOR_PATH_SIZE)
		vsnprintf(buf + len, UT_DOCTOR_PATH_SIZE - len, fmt, ap);
	va_end(ap);
	return buf;
}

/* The last bytes of a signed module, as scripts/sign-file leaves them. */
#define SIGNATURE	"~Module signature appended~\n"
#define MAX_KERNELS	64

/* Of the specification of UEFI, and of shim. */
#define EFI_SECURE_BOOT	"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define EFI_MOK_LIST	"MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23"

static const char *const mok_keys[] = {
	"/var/lib/dkms/mok.pub", "/var/lib/shim-signed/mok/MOK.der",
};

/* Is this word of modules.dep the file of that module? '-' counts as '_'. */
static bool is_module(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');
	size_t i;

	base = base ? base + 1 : path;
	for (i = 0; name[i]; i++)
		if (base[i] != name[i] && !(base[i] == '-' && name[i] == '_'))
			return false;
	return !strncmp(base + i, ".ko", 3);
}

/* Looks for a module in modules.dep or modules.builtin. */
static bool find_in(const char *release, const char *list, const char *name,
		    char *path, size_t size)
{
	char file[UT_DOCTOR_PATH_SIZE], *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *f;

	f = fopen(ut_doctor_path(file, "/lib/modules/%s/%s", release, list),
		  "re");
	if (!f)
		return false;
	while (!found && getline(&line, &room, f) > 0) {
		line[strcspn(line, ":\n")] = '\0';
		found = is_module(line, name);
		if (found)
			snprintf(path, size, "%s", line);
	}
	free(line);
	fclose(f);
	return found;
}

/* 1, 0, or -1 for a compressed file, which would have to be unpacked. */
static int is_signed(const char *release, const char *path)
{
	char file[UT_DOCTOR_PATH_SIZE], tail[sizeof(SIGNATURE)] = "";
	const size_t len = sizeof(SIGNATURE) - 1;
	const char *end = strrchr(path, '.');
	FILE *f;
	int ret = -1;

	if (!end || strcmp(end, ".ko"))
		return -1;
	f = fopen(ut_doctor_path(file, "/lib/modules/%s/%s", release, path),
		  "re");
	if (!f)
		return -1;
	if (!fseek(f, -(long)len, SEEK_END) && fread(tail, 1, len, f) == len)
		ret = !memcmp(tail, SIGNATURE, len);
	fclose(f);
	return ret;
}

static void other_kernels(const char *release, struct ut_module_facts *m)
{
	char dir[UT_DOCTOR_PATH_SIZE], path[UT_DOCTOR_PATH_SIZE];
	const struct dirent *e;
	int left = MAX_KERNELS;
	DIR *d = opendir(ut_doctor_path(dir, "/lib/modules"));

	while (d && left-- && (e = readdir(d))) {
		if (e->d_name[0] == '.' || !strcmp(e->d_name, release) ||
		    strlen(e->d_name) >= sizeof(m->other) ||
		    !find_in(e->d_name, "modules.dep", m->name, path,
			     sizeof(path)))
			continue;
		/* The newest by its name is good enough to be named. */
		if (strverscmp(e->d_name, m->other) > 0)
			snprintf(m->other, sizeof(m->other), "%s", e->d_name);
	}
	if (d)
		closedir(d);
}

void ut_doctor_module_facts(const char *release, struct ut_module_facts *m)
{
	char path[PATH_MAX], file[UT_DOCTOR_PATH_SIZE];

	m->loaded = !ut_sysfs_path(path, "/module/%s", m->name) &&
		    !access(path, F_OK);
	if (ut_sysfs_path(path, "/module/%s/version", m->name) ||
	    ut_sysfs_read(path, m->version, sizeof(m->version)) < 0)
		m->version[0] = '\0';
	m->is_signed = -1;
	if (find_in(release, "modules.builtin", m->name, file, sizeof(file)))
		m->loaded = true;
	m->here = find_in(release, "modules.dep", m->name, file, sizeof(file));
	if (m->here)
		m->is_signed = is_signed(release, file);
	else if (!m->loaded)
		other_kernels(release, m);
}

/* A variable of EFI: four bytes of attributes, then its value. */
static int read_efi(const char *name, struct ut_buf *buf)
{
	char path[PATH_MAX];

	if (ut_sysfs_path(path, "/firmware/efi/efivars/%s", name))
		return -1;
	if (ut_file_read(path, buf, NULL))
		return -1;
	if (buf->len > 4)
		return 0;
	ut_buf_free(buf);
	return -1;
}

static int secure_boot(void)
{
	struct ut_buf buf;
	int ret;

	if (read_efi(EFI_SECURE_BOOT, &buf))
		return -1;
	ret = buf.data[4] == 1;
	ut_buf_free(&buf);
	return ret;
}

/* "none [integrity] confidentiality": the one in brackets. */
static void lockdown(char *dst, size_t size)
{
	char path[PATH_MAX], line[128], *from, *to;

	dst[0] = '\0';
	if (ut_sysfs_path(path, "/kernel/security/lockdown") ||
	    ut_sysfs_read(path, line, sizeof(line)) < 0)
		return;
	from = strchr(line, '[');
	to = from ? strchr(from, ']') : NULL;
	if (!to)
		return;
	*to = '\0';
	snprintf(dst, size, "%s", from + 1);
}

static bool sig_enforce(void)
{
	char path[PATH_MAX], value[8];

	return !ut_sysfs_path(path, "/module/module/parameters/sig_enforce") &&
	       ut_sysfs_read(path, value, sizeof(value)) > 0 &&
	       value[0] == 'Y';
}

/* The list has each certificate as it is, DER, between headers. */
static int mok_enrolled(const char *mok)
{
	struct ut_buf list, key;
	int ret = -1;

	if (ut_file_read(mok, &key, NULL))
		return -1;
	if (!read_efi(EFI_MOK_LIST, &list)) {
		ret = key.len && memmem(list.data, list.len, key.data, key.len);
		ut_buf_free(&list);
	} else if (secure_boot() >= 0) {
		/* EFI, and nobody has ever enrolled a key. */
		ret = 0;
	}
	ut_buf_free(&key);
	return ret;
}

void ut_doctor_kernel_facts(struct ut_kernel_facts *k)
{
	char path[PATH_MAX];
	struct utsname u;
	size_t i;

	memset(k, 0, sizeof(*k));
	k->version = UT_VERSION;
	if (!uname(&u))
		snprintf(k->release, sizeof(k->release), "%s", u.release);
	k->source = !access(ut_doctor_path(path, "/var/lib/dkms/usbip-tls"),
			    F_OK);
	k->headers = !access(ut_doctor_path(path, "/lib/modules/%s/build",
					    k->release), F_OK);
	k->efi = !ut_sysfs_path(path, "/firmware/efi") && !access(path, F_OK);
	k->secure_boot = secure_boot();
	lockdown(k->lockdown, sizeof(k->lockdown));
	k->sig_enforce = sig_enforce();
	k->mok_enrolled = -1;
	for (i = 0; i < sizeof(mok_keys) / sizeof(mok_keys[0]); i++) {
		if (access(ut_doctor_path(path, "%s", mok_keys[i]), F_OK))
			continue;
		snprintf(k->mok, sizeof(k->mok), "%s", mok_keys[i]);
		k->mok_enrolled = mok_enrolled(path);
		break;
	}
}

void ut_doctor_kernel(struct ut_findings *f, unsigned int roles)
{
	static const struct {
		unsigned int roles;
		const char *name;
		bool ours;
	} modules[] = {
		{ UT_DOCTOR_DOCK | UT_DOCTOR_TABLET, "tls", false },
		{ UT_DOCTOR_DOCK, "usbip_host", false },
		{ UT_DOCTOR_TABLET, "vhci_hcd", false },
		{ UT_DOCTOR_DOCK | UT_DOCTOR_TABLET, "usbip_tls_core", true },
		{ UT_DOCTOR_DOCK, "usbip_tls_host", true },
		{ UT_DOCTOR_TABLET, "usbip_tls_vhci", true },
	};
	struct ut_kernel_facts k;
	struct ut_module_facts m;
	int *ret;
	size_t i;

	ut_doctor_kernel_facts(&k);
	ut_doctor_secure_boot(f, &k);
	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (!(modules[i].roles & roles))
			continue;
		m = (struct ut_module_facts){
			.name = modules[i].name, .ours = modules[i].ours,
		};
		ut_doctor_module_facts(k.release, &m);
		ut_doctor_module(f, &k, &m);
	}
	ret = calloc(ut_ktls_n_ciphers, sizeof(*ret));
	if (!ret)
		return;
	for (i = 0; i < ut_ktls_n_ciphers; i++)
		ret[i] = ut_ktls_probe(&ut_ktls_ciphers[i]);
	ut_doctor_ktls(f, ret, !geteuid());
	free(ret);
}
