// SPDX-License-Identifier: GPL-2.0
/* The ports of vhci-hcd: list, choose, attach, detach. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "usb/device.h"
#include "usb/sysfs.h"
#include "usb/vhci.h"

#define LOCK_FILE	UT_RUN_DIR "/attach.lock"

/* linux/usb/ch9.h: USB_SPEED_SUPER, USB_SPEED_SUPER_PLUS */
#define SPEED_SUPER	5
/* What a high-speed hub has in its attribute "speed", in Mbit/s. */
#define MBIT_HIGH_SPEED	480

#define POLL_MS		20

const char *ut_vhci_state_name(int state)
{
	switch (state) {
	case UT_VHCI_FREE:
		return "free";
	case UT_VHCI_NOT_ASSIGNED:
		return "not-assigned";
	case UT_VHCI_USED:
		return "used";
	case UT_VHCI_ERROR:
		return "error";
	default:
		return "unknown";
	}
}

static int no_module(struct ut_err *err)
{
	int ret = ut_err_set(err, UT_EXIT_MODULE, ENXIO,
			     "the kernel module vhci-hcd is not loaded");

	ut_err_hint(err, "modprobe -a usbip_tls_vhci vhci-hcd");
	return ret;
}

/*
 * "hs  0000 006 003 00010002 000003 3-1": hub, port, state, speed, devid, number
 * of the socket, bus id here ("0-0": none). 0, or -EINVAL for another line.
 */
static int parse_line(const char *line, struct ut_vhci_port *p)
{
	unsigned int port, state, speed, devid;
	char hub[4], busid[32];

	memset(p, 0, sizeof(*p));
	if (sscanf(line, "%3s %u %u %u %x %*s %31s", hub, &port, &state, &speed,
		   &devid, busid) != 6)
		return -EINVAL;
	if (strcmp(hub, "hs") && strcmp(hub, "ss"))
		return -EINVAL;
	if (port >= UT_VHCI_MAX_PORTS)
		return -EINVAL;
	p->port = port;
	p->super_speed = hub[0] == 's';
	p->state = (int)state;
	if (p->state == UT_VHCI_USED) {
		p->speed = speed;
		p->devid = devid;
		if (ut_busid_valid(busid) && strcmp(busid, "0-0"))
			memcpy(p->busid, busid, sizeof(p->busid));
	}
	return 0;
}

/* Appends the ports of one status file. 0 or -errno. */
static int parse_file(const char *path, struct ut_vhci_port **ports, size_t *n)
{
	char text[2 * UT_SYSFS_LINE], *line, *save = NULL;
	struct ut_vhci_port p, *v;
	ssize_t len;

	len = ut_sysfs_read(path, text, sizeof(text));
	if (len < 0)
		return (int)len;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (parse_line(line, &p))
			continue;
		if (*n == UT_VHCI_MAX_PORTS)
			return -E2BIG;
		v = realloc(*ports, (*n + 1) * sizeof(*v));
		if (!v)
			return -ENOMEM;
		v[(*n)++] = p;
		*ports = v;
	}
	return 0;
}

static int by_port(const void *a, const void *b)
{
	const struct ut_vhci_port *x = a, *y = b;

	return x->port < y->port ? -1 : x->port > y->port;
}

int ut_vhci_list(struct ut_vhci_port **ports, size_t *n, struct ut_err *err)
{
	char pattern[PATH_MAX];
	glob_t g;
	size_t i;
	int ret;

	*ports = NULL;
	*n = 0;
	ret = ut_sysfs_path(pattern, "/devices/platform/vhci_hcd.*/status*");
	if (ret || glob(pattern, 0, NULL, &g))
		return no_module(err);
	for (i = 0; i < g.gl_pathc && !ret; i++) {
		ret = parse_file(g.gl_pathv[i], ports, n);
		if (ret)
			ut_err_errno(err, UT_EXIT_FAILURE, ret,
				     "cannot read %s", g.gl_pathv[i]);
	}
	globfree(&g);
	if (ret) {
		free(*ports);
		*ports = NULL;
		return ret;
	}
	if (!*n)
		return no_module(err);
	qsort(*ports, *n, sizeof(**ports), by_port);
	return 0;
}

int ut_vhci_get(uint32_t port, struct ut_vhci_port *out, struct ut_err *err)
{
	struct ut_vhci_port *ports;
	size_t i, n;
	int ret;

	ret = ut_vhci_list(&ports, &n, err);
	if (ret)
		return ret;
	for (i = 0; i < n && ports[i].port != port; i++)
		;
	if (i < n)
		*out = ports[i];
	else
		ret = ut_err_set(err, UT_EXIT_NOT_FOUND, ENOENT,
				 "there is no port %u; ports are 0 to %u",
				 port, ports[n - 1].port);
	free(ports);
	return ret;
}

/*
 * The place in sysfs of a device on the hub port behind @p, whether there is one
 * or not. Ports are numbered controller by controller, and in each first those
 * of its high-speed hub. Of @n ports in all. -ENOENT: an arrangement that this
 * version does not know.
 */
static int hub_port_path(const struct ut_vhci_port *p, size_t n,
			 char path[PATH_MAX])
{
	size_t i, per_hub, hcs = 0;
	uint32_t speed;
	int ret = -ENOENT;
	unsigned int bus;
	glob_t g;

	while (!ut_sysfs_path(path, "/devices/platform/vhci_hcd.%zu", hcs) &&
	       !access(path, F_OK))
		hcs++;
	per_hub = hcs ? n / hcs / 2 : 0;
	if (!per_hub ||
	    ut_sysfs_path(path, "/devices/platform/vhci_hcd.%zu/usb*",
			  p->port / per_hub / 2) ||
	    glob(path, 0, NULL, &g))
		return ret;
	for (i = 0; i < g.gl_pathc && ret; i++) {
		const char *hub = g.gl_pathv[i];

		if (sscanf(strrchr(hub, '/'), "/usb%u", &bus) != 1 ||
		    snprintf(path, PATH_MAX, "%s/speed", hub) >= PATH_MAX ||
		    ut_sysfs_number(path, 10, UINT32_MAX, &speed) ||
		    (speed > MBIT_HIGH_SPEED) != p->super_speed)
			continue;
		if (snprintf(path, PATH_MAX, "%s/%u-%zu", hub, bus,
			     p->port % per_hub + 1) < PATH_MAX)
			ret = 0;
	}
	globfree(&g);
	return ret;
}

static bool hub_port_occupied(const struct ut_vhci_port *p, size_t n)
{
	char path[PATH_MAX];

	return !hub_port_path(p, n, path) && !access(path, F_OK);
}

int ut_vhci_port_busid(uint32_t port, char busid[32], struct ut_err *err)
{
	struct ut_vhci_port *ports;
	char path[PATH_MAX];
	size_t i, n;
	int ret;

	ret = ut_vhci_list(&ports, &n, err);
	if (ret)
		return ret;
	ret = -ENOENT;
	for (i = 0; i < n && ret; i++)
		if (ports[i].port == port)
			ret = hub_port_path(&ports[i], n, path);
	free(ports);
	if (ret || !ut_busid_valid(strrchr(path, '/') + 1))
		return ut_err_set(err, UT_EXIT_NOT_FOUND, ENOENT,
				  "cannot tell which USB port is vhci port %u",
				  port);
	strcpy(busid, strrchr(path, '/') + 1);
	return 0;
}

/* A port to use. -EBUSY: those that are free are not at rest; -EXFULL: none. */
static int choose_port(int want, bool super, uint32_t *port,
		       struct ut_err *err)
{
	struct ut_vhci_port *ports;
	int ret, why = -EXFULL;
	size_t i, n;

	ret = ut_vhci_list(&ports, &n, err);
	if (ret)
		return ret;
	for (i = 0; i < n && why; i++) {
		if (ports[i].super_speed != super ||
		    ports[i].state != UT_VHCI_FREE ||
		    (want >= 0 && ports[i].port != (uint32_t)want))
			continue;
		why = -EBUSY;
		if (!hub_port_occupied(&ports[i], n)) {
			*port = ports[i].port;
			why = 0;
		}
	}
	free(ports);
	return why;
}

/* Why the port that was wanted cannot be had. */
static int not_that_port(uint32_t want, bool super, struct ut_err *err)
{
	struct ut_vhci_port port;
	int ret = ut_vhci_get(want, &port, err);

	if (ret)
		return ret;
	if (port.super_speed != super)
		return ut_err_set(err, UT_EXIT_NO_PORT, EXFULL,
				  "port %u is not for %s devices", want,
				  super ? "super-speed" : "high-speed");
	ret = ut_err_set(err, UT_EXIT_NO_PORT, EXFULL, "port %u is in use",
			 want);
	ut_err_hint(err, "detach what is there (usbip-tls port shows it), or take another port");
	return ret;
}

int ut_vhci_free_port(int want, uint32_t speed, int timeout_ms, uint32_t *port,
		      struct ut_err *err)
{
	bool super = speed >= SPEED_SUPER;
	int waited, ret;

	for (waited = 0; ; waited += POLL_MS) {
		ret = choose_port(want, super, port, err);
		if (ret != -EBUSY || waited >= timeout_ms)
			break;
		ut_nap(POLL_MS);
	}
	if (ret == -EXFULL && want >= 0)
		return not_that_port((uint32_t)want, super, err);
	if (ret == -EXFULL) {
		ut_err_set(err, UT_EXIT_NO_PORT, EXFULL,
			   "all vhci ports for %s devices are in use",
			   super ? "super-speed" : "high-speed");
		ut_err_hint(err, "detach a device (usbip-tls port lists them)");
	} else if (ret == -EBUSY) {
		ret = ut_err_set(err, UT_EXIT_TIMEOUT, ETIMEDOUT,
				 "the kernel has not yet taken away what was on the free vhci ports");
		ut_err_hint(err, "try again; if it stays so, dmesg may tell why");
	}
	return ret;
}

int ut_vhci_wait_free(uint32_t port, int timeout_ms, struct ut_err *err)
{
	struct ut_vhci_port *ports;
	bool busy = true;
	int waited, ret;
	size_t i, n;

	for (waited = 0; busy && waited <= timeout_ms; waited += POLL_MS) {
		if (waited)
			ut_nap(POLL_MS);
		ret = ut_vhci_list(&ports, &n, err);
		if (ret)
			return ret;
		busy = false;
		for (i = 0; i < n; i++)
			if (ports[i].port == port)
				busy = ports[i].state != UT_VHCI_FREE ||
				       hub_port_occupied(&ports[i], n);
		free(ports);
	}
	if (!busy)
		return 0;
	ret = ut_err_set(err, UT_EXIT_TIMEOUT, ETIMEDOUT,
			 "port %u was not released within %d s", port,
			 timeout_ms / 1000);
	ut_err_hint(err, "a program may hold the device open; dmesg may tell more");
	return ret;
}

/* One write to an attribute of the first controller, which serves all. */
static int command(const char *attr, const char *value)
{
	char path[PATH_MAX];
	int ret;

	ret = ut_sysfs_path(path, "/devices/platform/vhci_hcd.0/%s", attr);
	return ret ? ret : ut_sysfs_write(path, value);
}

static int command_error(struct ut_err *err, int ret, const char *what,
			 uint32_t port)
{
	if (ret == -ENOENT)
		return no_module(err);
	ut_err_errno(err, ut_exit_of_errno(ret), ret, "cannot %s port %u", what,
		     port);
	if (ret == -EACCES || ret == -EPERM)
		ut_err_hint(err, "run it as root");
	return ret;
}

int ut_vhci_check(struct ut_err *err)
{
	char path[PATH_MAX];
	int ret;

	ret = ut_sysfs_path(path, "/devices/platform/vhci_hcd.0/attach");
	if (ret || access(path, F_OK))
		return no_module(err);
	/* What is in effect counts: the daemon need not be root. */
	ret = faccessat(AT_FDCWD, path, W_OK, AT_EACCESS);
	if (!ut_sysfs_path(path, "/module/usbip_tls_vhci") &&
	    access(path, F_OK)) {
		ret = ut_err_set(err, UT_EXIT_MODULE, ENXIO,
				 "the kernel module usbip_tls_vhci is not loaded");
		ut_err_hint(err, "modprobe usbip_tls_vhci");
		return ret;
	}
	if (!ret)
		return 0;
	ret = ut_err_set(err, UT_EXIT_PERMISSION, EACCES,
			 "no right to attach devices");
	ut_err_hint(err, "run it as root");
	return ret;
}

int ut_vhci_attach(uint32_t port, int session_fd, uint32_t devid,
		   uint32_t speed, struct ut_err *err)
{
	char value[64];
	int ret;

	/* 6.1 refuses "super speed plus"; the ports are super-speed anyway. */
	if (speed > SPEED_SUPER)
		speed = SPEED_SUPER;
	snprintf(value, sizeof(value), "%u %d %u %u", port, session_fd, devid,
		 speed);
	ret = command("attach", value);
	return ret ? command_error(err, ret, "attach to", port) : 0;
}

int ut_vhci_detach(uint32_t port, struct ut_err *err)
{
	struct ut_vhci_port p;
	char value[16];
	int ret;

	ret = ut_vhci_get(port, &p, err);
	if (ret)
		return ret;
	if (p.state == UT_VHCI_FREE) {
		ret = ut_err_set(err, UT_EXIT_NOT_FOUND, EINVAL,
				 "nothing is attached to port %u", port);
		ut_err_hint(err, "usbip-tls port lists the ports in use");
		return ret;
	}
	snprintf(value, sizeof(value), "%u", port);
	ret = command("detach", value);
	return ret ? command_error(err, ret, "detach", port) : 0;
}

int ut_vhci_lock(int timeout_ms, struct ut_err *err)
{
	int fd, waited, ret;

	if (mkdir(UT_RUN_DIR, UT_RUN_DIR_MODE) && errno != EEXIST)
		goto fail;
	fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		goto fail;
	for (waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += POLL_MS) {
		if (waited >= timeout_ms) {
			close(fd);
			return ut_err_set(err, UT_EXIT_TIMEOUT, ETIMEDOUT,
					  "another attach holds %s",
					  LOCK_FILE);
		}
		ut_nap(POLL_MS);
	}
	return fd;
fail:
	ret = errno;
	ut_err_errno(err, ut_exit_of_errno(ret), ret, "cannot open %s",
		     LOCK_FILE);
	if (ret == EACCES || ret == EPERM)
		ut_err_hint(err, "run it as root");
	return -ret;
}
