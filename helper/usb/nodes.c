// SPDX-License-Identifier: GPL-2.0
/* Device nodes below an attached device, and waiting for them. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "usb/device.h"
#include "usb/sysfs.h"
#include "usb/vhci.h"

#define MAX_DEPTH	16
#define MAX_DIRS	4096
#define POLL_MS		20
#define STABLE_MS	100
/* Where "descriptors" has bNumInterfaces of the first configuration. */
#define AT_INTERFACES	22

/**
 * struct walk - one pass over the sysfs tree of a device
 * @nodes: what is found
 * @dirs: directories seen, against MAX_DIRS
 * @node_seen: a node was found below the interface that is walked
 * @disk_seen: a disk was
 */
struct walk {
	struct ut_vhci_nodes *nodes;
	unsigned int dirs;
	bool node_seen;
	bool disk_seen;
};

/*
 * Takes DEVNAME from the uevent of this directory, if it is a node. A directory without
 * "dev" has none and is not read: before 6.1.140 and 6.12.30 the kernel shows a uevent
 * with the device locked, so one whose driver is being bound would block us.
 */
static void take_node(struct walk *w, const char *dir)
{
	char path[PATH_MAX], text[UT_SYSFS_LINE], *line, *save = NULL;
	struct ut_vhci_nodes *nodes = w->nodes;

	if (ut_path_join(path, sizeof(path), dir, "dev", NULL) ||
	    access(path, F_OK) ||
	    ut_path_join(path, sizeof(path), dir, "uevent", NULL) ||
	    ut_sysfs_read(path, text, sizeof(text)) < 0)
		return;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (!strcmp(line, "DEVTYPE=disk"))
			w->disk_seen = true;
		if (strncmp(line, "DEVNAME=", 8) ||
		    !strncmp(line + 8, "bus/usb/", 8) ||
		    !strncmp(line + 8, "bsg/", 4))
			continue;
		w->node_seen = true;
		if (nodes->n == UT_VHCI_MAX_NODES ||
		    strlen(line + 8) + 6 > UT_VHCI_NODE_SIZE)
			continue;
		sprintf(nodes->path[nodes->n], "/dev/%s", line + 8);
		ut_sanitize(nodes->path[nodes->n++]);
	}
}

static void walk_dir(struct walk *w, const char *dir, unsigned int depth)
{
	char path[PATH_MAX];
	struct dirent *d;
	DIR *dp;

	if (depth > MAX_DEPTH || w->dirs++ > MAX_DIRS)
		return;
	take_node(w, dir);
	dp = opendir(dir);
	if (!dp)
		return;
	while ((d = readdir(dp))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.' ||
		    !strcmp(d->d_name, "power"))
			continue;
		if (!ut_path_join(path, sizeof(path), dir, d->d_name, NULL))
			walk_dir(w, path, depth + 1);
	}
	closedir(dp);
}

static void add_driver(struct ut_vhci_nodes *nodes, const char *name)
{
	size_t len = strlen(nodes->drivers), add = strlen(name);
	const char *p = nodes->drivers;

	while ((p = strstr(p, name))) {
		if ((p == nodes->drivers || p[-1] == ' ') &&
		    (p[add] == ' ' || !p[add]))
			return;
		p += add;
	}
	if (len + add + 2 > sizeof(nodes->drivers))
		return;
	sprintf(nodes->drivers + len, "%s%s", len ? " " : "", name);
}

static int by_path(const void *a, const void *b)
{
	return strverscmp(a, b);
}

/**
 * struct seen - how far the device has come
 * @probing: the kernel is not through with its interfaces
 * @bare: it is, and there never will be any
 * @with_node: interfaces that have a node
 * @disks_due: disk drivers without a disk yet
 */
struct seen {
	bool probing;
	bool bare;
	unsigned int with_node;
	unsigned int disks_due;
};

/* One interface: its driver, and the nodes below it. */
static void see_interface(struct ut_vhci_nodes *nodes, struct seen *seen,
			  const char *dir)
{
	struct walk w = { .nodes = nodes };
	char path[PATH_MAX], driver[64];

	nodes->interfaces++;
	if (ut_path_join(path, sizeof(path), dir, "driver", NULL) ||
	    ut_sysfs_link_name(path, driver, sizeof(driver)))
		return;
	nodes->bound++;
	add_driver(nodes, driver);
	walk_dir(&w, dir, 0);
	if (w.node_seen)
		seen->with_node++;
	if (!w.disk_seen && (!strcmp(driver, "usb-storage") ||
			     !strcmp(driver, "uas")))
		seen->disks_due++;
}

/*
 * usb_new_device() makes the link "port" as soon as device_add() has come back, that is
 * when the configuration is set and each of its interfaces is there and has been
 * probed. Nothing else tells without the lock of the device, which is held meanwhile:
 * the link "driver" of an interface comes before its probe() is called.
 */
static bool is_probing(const char *dir)
{
	char path[PATH_MAX];

	return ut_path_join(path, sizeof(path), dir, "port", NULL) ||
	       access(path, F_OK);
}

static bool has_none(const char *dir)
{
	uint8_t raw[AT_INTERFACES + 1];
	char path[PATH_MAX];

	return !ut_path_join(path, sizeof(path), dir, "descriptors", NULL) &&
	       ut_sysfs_read_bin(path, raw, sizeof(raw)) == sizeof(raw) &&
	       !raw[AT_INTERFACES];
}

/*
 * Looks at the whole device. -ENOENT: no such device; -EAGAIN: it has no interfaces,
 * which its configuration makes.
 */
static int see(const char *busid, struct ut_vhci_nodes *nodes,
	       struct seen *seen)
{
	char dir[PATH_MAX], path[PATH_MAX];
	size_t len = strlen(busid);
	struct dirent *d;
	DIR *dp;
	int ret;

	memset(nodes, 0, sizeof(*nodes));
	memset(seen, 0, sizeof(*seen));
	ret = ut_sysfs_path(dir, "/bus/usb/devices/%s", busid);
	if (ret)
		return ret;
	dp = opendir(dir);
	if (!dp)
		return -errno;
	/* Before the look, so that nothing that comes meanwhile is missed. */
	seen->probing = is_probing(dir);
	while ((d = readdir(dp))) {
		/* "3-1:1.0" below 3-1 */
		if (strncmp(d->d_name, busid, len) || d->d_name[len] != ':')
			continue;
		if (!ut_path_join(path, sizeof(path), dir, d->d_name, NULL))
			see_interface(nodes, seen, path);
	}
	closedir(dp);
	qsort(nodes->path, nodes->n, sizeof(nodes->path[0]), by_path);
	if (nodes->interfaces)
		return 0;
	seen->bare = !seen->probing && has_none(dir);
	return -EAGAIN;
}

int ut_vhci_nodes_of(const char *busid, struct ut_vhci_nodes *nodes,
		     struct ut_err *err)
{
	struct seen seen;
	int ret = see(busid, nodes, &seen);

	if (!ret || ret == -EAGAIN)
		return 0;
	return ut_err_errno(err, ut_exit_of_errno(ret), ret,
			    "cannot look at device %s", busid);
}

static bool complete(const struct ut_vhci_nodes *n, const struct seen *seen,
		     int64_t quiet_ms)
{
	if (seen->probing || !n->interfaces || seen->disks_due)
		return false;
	if (seen->with_node == n->interfaces)
		return quiet_ms >= STABLE_MS;
	return quiet_ms >= UT_VHCI_SETTLE_MS;
}

/* The port and then the device. -EAGAIN: not yet; -ENODEV: gone again. */
static int look(uint32_t port, struct ut_vhci_nodes *nodes, struct seen *seen,
		struct ut_err *err)
{
	struct ut_vhci_port p;
	int ret;

	memset(nodes, 0, sizeof(*nodes));
	memset(seen, 0, sizeof(*seen));
	ret = ut_vhci_get(port, &p, err);
	if (ret)
		return ret;
	if (p.state == UT_VHCI_FREE || p.state == UT_VHCI_ERROR) {
		ret = ut_err_set(err, UT_EXIT_FAILURE, ENODEV,
				 "the device on port %u went away while it was being set up",
				 port);
		ut_err_hint(err, "dmesg, and usbip-tls status on the dock, may tell why");
		return ret;
	}
	if (!p.busid[0])
		return -EAGAIN;
	ret = see(p.busid, nodes, seen);
	return ret ? -EAGAIN : 0;
}

void ut_vhci_settle(struct ut_vhci_settle *s, uint32_t port, int timeout_ms)
{
	memset(s, 0, sizeof(*s));
	s->port = port;
	s->timeout_ms = timeout_ms;
	s->start = s->change = s->next = ut_clock_ms();
}

int ut_vhci_look(struct ut_vhci_settle *s, struct ut_vhci_nodes *nodes,
		 struct ut_err *err)
{
	int64_t began = ut_clock_ms(), now;
	struct seen seen;
	int ret = look(s->port, nodes, &seen, err);

	now = ut_clock_ms();
	if (seen.probing || memcmp(&s->last, nodes, sizeof(s->last))) {
		s->last = *nodes;
		s->change = now;
	}
	nodes->ready_ms = (unsigned int)(s->change - s->start);
	s->next = now + ut_clock_rest(now - began, POLL_MS);
	if (ret && ret != -EAGAIN)
		return ret;
	if (!ret && complete(nodes, &seen, now - s->change))
		return 0;
	if (now - s->start < s->timeout_ms)
		return -EAGAIN;
	if (!ret || seen.bare)
		return 0;
	ret = ut_err_set(err, UT_EXIT_TIMEOUT, ETIMEDOUT,
			 "the device on port %u was not set up within %d ms",
			 s->port, s->timeout_ms);
	ut_err_hint(err, "it stays attached; usbip-tls port shows it, usbip-tls detach -p %u gives it back",
		    s->port);
	return ret;
}
