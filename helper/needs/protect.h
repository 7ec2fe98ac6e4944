/* SPDX-License-Identifier: GPL-2.0 */
/*
 * USB devices that this machine needs itself: what carries its file systems,
 * its swap or a network link in use. They are never exported, whatever the
 * rules say.
 *
 * File systems: what is mounted on /, /boot, /efi, /etc, /usr, /var (and
 * anywhere below the last five), /home, /opt, /srv (and one level below),
 * /root and /tmp. /home and /srv are in the list because the people and the
 * services of this machine work on them, and their data is private. What is
 * mounted on /media, /mnt or /run is not: those are the places for things that
 * come and go, and a data stick that a desktop has mounted there can be shared.
 * Where "/" is an overlay, as on a live system, its layers count wherever they
 * are.
 *
 * Swap: all of /proc/swaps. zram counts for its backing device only.
 *
 * Both are followed through partitions, dm (LVM, LUKS, multipath), md, bcache,
 * loop devices and all members of a btrfs, down to the disk. Where it cannot be
 * seen which disks are behind "/" or one of the other places itself, or behind
 * swap (zfs, a file system in user space, a loop file that has been deleted),
 * every USB device with a disk counts. Below those places it does not.
 *
 * Network: an interface that is up and has an address of more than link scope,
 * or a master or another interface on top of it (bridge, bond, VLAN, macvlan),
 * or a default route. The last one also without an address of its own: with a
 * link-local next hop or an address on lo only, the traffic goes there all the
 * same.
 *
 * What cannot be seen:
 *   - a modem that pppd drives through a tty, and the Ethernet adapter below
 *     PPPoE: nothing ties ppp0 to either. Modems with an interface of their own
 *     (cdc_ether, qmi_wwan, cdc_mbim: wwan0) are seen;
 *   - an interface used by link-local addresses only, e.g. two machines on one
 *     cable without DHCP; a route in another table than main, if the interface
 *     has no address;
 *   - interfaces, mounts and swap of other namespaces: whoever scans must be in
 *     those of the machine (no PrivateNetwork=, no RootDirectory=), and see
 *     /dev for btrfs on top of dm (no PrivateDevices=);
 *   - file systems that are not mounted (an automount that sleeps), or were
 *     unmounted lazily; external journals of ext4; zfs below the places.
 */
#ifndef UT_NEEDS_PROTECT_H
#define UT_NEEDS_PROTECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* How many block devices and interfaces a snapshot may hold. */
#define UT_PROTECT_MAX		4096
#define UT_PROTECT_WHY_SIZE	256

/**
 * struct ut_need - one block device or network interface that is needed
 * @path: its directory in sysfs, without symbolic links
 * @why: "it carries swap (/dev/sdb2)"; sanitized
 */
struct ut_need {
	char *path;
	char *why;
};

/**
 * struct ut_protect - what is needed at one moment
 * @v: array of @n
 * @n: how many
 */
struct ut_protect {
	struct ut_need *v;
	size_t n;
};

/*
 * Takes a snapshot; ut_protect_free() it. It is old as soon as something is
 * mounted or plugged in, so take a new one for each decision. On failure *p is
 * NULL, which protects everything. Error: the errno of what could not be read;
 * -EOVERFLOW: more than UT_PROTECT_MAX, -EFBIG: /proc/self/mountinfo has more
 * than UT_FILE_MAX bytes; -EINVAL: a line of it makes no sense.
 */
int ut_protect_scan(struct ut_protect **p, struct ut_err *err);

/*
 * Does this machine need the device with this bus id, or one behind it if it is
 * a hub? If so, why (UT_PROTECT_WHY_SIZE is enough) says for what: "it carries
 * the root file system (/dev/sda1 on /)". True for everything if p is NULL, and
 * for what is not a bus id. False for a device that is not there, and for
 * gadgets of usbip-vudc: they are made to be shared.
 */
bool ut_protect_why(const struct ut_protect *p, const char *busid, char *why,
		    size_t size);

/* NULL is allowed. */
void ut_protect_free(struct ut_protect *p);

/*
 * Reads mountinfo, swaps and routes below @root instead of "/proc"; for unit
 * tests. @root must stay valid; NULL sets it back.
 */
void ut_proc_root_set(const char *root);

#endif /* UT_NEEDS_PROTECT_H */
