/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tablet's end: the ports of vhci-hcd, by sysfs. All functions return 0 or a
 * negative errno and fill err; UT_EXIT_MODULE if vhci-hcd is not loaded.
 */
#ifndef UT_USB_VHCI_H
#define UT_USB_VHCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* For the daemon, its group, and the command; closed to others. */
#define UT_RUN_DIR		"/run/usbip-tls"
#define UT_RUN_DIR_MODE		0750

/* CONFIG_USBIP_VHCI_NR_HCS <= 128 controllers, 2 * 15 ports each at most. */
#define UT_VHCI_MAX_PORTS	(128 * 2 * 15)
#define UT_VHCI_MAX_NODES	64
#define UT_VHCI_NODE_SIZE	64
#define UT_VHCI_SETTLE_MS	1000

/**
 * enum ut_vhci_state - state of a port, enum usbip_device_status of the driver
 * @UT_VHCI_FREE: nothing attached
 * @UT_VHCI_NOT_ASSIGNED: attached, but has no USB address yet
 * @UT_VHCI_USED: attached and known to the USB core
 * @UT_VHCI_ERROR: its connection is over and it is being released
 */
enum ut_vhci_state {
	UT_VHCI_FREE = 4,
	UT_VHCI_NOT_ASSIGNED = 5,
	UT_VHCI_USED = 6,
	UT_VHCI_ERROR = 7,
};

/**
 * struct ut_vhci_port - one port
 * @port: number, counted over all controllers, as attach and detach want it
 * @super_speed: for devices of speed 5 and above
 * @state: enum ut_vhci_state, or a number that this version does not know
 * @speed: enum usb_device_speed of the attached device, else 0
 * @devid: busnum << 16 | devnum on the dock, else 0
 * @busid: bus id of the device on this machine, "3-1"; "" if there is none yet
 */
struct ut_vhci_port {
	uint32_t port;
	bool super_speed;
	int state;
	uint32_t speed;
	uint32_t devid;
	char busid[32];
};

/**
 * struct ut_vhci_nodes - device nodes below an attached device
 * @n: how many
 * @path: "/dev/sda", "/dev/input/event3"; sorted; without the nodes of
 *	usbfs and bsg, which are of no use to a person
 * @interfaces: number of interfaces of the active configuration
 * @bound: how many of them have a driver
 * @drivers: their names, once each, separated by a blank
 * @ready_ms: ut_vhci_look(): milliseconds from the first look to the last change,
 *	or to the end of probing
 */
struct ut_vhci_nodes {
	size_t n;
	char path[UT_VHCI_MAX_NODES][UT_VHCI_NODE_SIZE];
	unsigned int interfaces;
	unsigned int bound;
	char drivers[128];
	unsigned int ready_ms;
};

/* "free", "not-assigned", "used", "error", "unknown" */
const char *ut_vhci_state_name(int state);

/*
 * Are vhci-hcd and usbip_tls_vhci there, and may the caller attach? MODULE or
 * PERMISSION if not.
 */
int ut_vhci_check(struct ut_err *err);

/* All ports, in order of their numbers. On success the caller frees *ports. */
int ut_vhci_list(struct ut_vhci_port **ports, size_t *n, struct ut_err *err);

/* -ENOENT with UT_EXIT_NOT_FOUND: no such port. */
int ut_vhci_get(uint32_t port, struct ut_vhci_port *out, struct ut_err *err);

/* The bus id on this machine, "3-1", that a device on this port will have. */
int ut_vhci_port_busid(uint32_t port, char busid[32], struct ut_err *err);

/*
 * A free port for a device of this speed, or the one that is wanted (@want not
 * negative), and one at rest: as long as the USB
 * core has not seen that the last device on it went, it would take a new one of
 * the same kind for that. Waits for such a port up to @timeout_ms, as the hubs
 * serve one port at a time. Hold the lock until the attach is done. -EXFULL with
 * UT_EXIT_NO_PORT: all are in use, or the one is, or is for other speeds; -ETIMEDOUT
 * with UT_EXIT_TIMEOUT: none came to rest.
 */
int ut_vhci_free_port(int want, uint32_t speed, int timeout_ms, uint32_t *port,
		      struct ut_err *err);

/*
 * Waits after a detach until the port is free and at rest. -ETIMEDOUT with
 * UT_EXIT_TIMEOUT.
 */
int ut_vhci_wait_free(uint32_t port, int timeout_ms, struct ut_err *err);

/*
 * Starts the session: "port fd devid speed" to attach. The driver takes its
 * own reference; the caller closes @session_fd. -EBUSY: the port was taken in
 * the meantime; take another.
 */
int ut_vhci_attach(uint32_t port, int session_fd, uint32_t devid,
		   uint32_t speed, struct ut_err *err);

/* -EINVAL with UT_EXIT_NOT_FOUND: nothing is attached to that port. */
int ut_vhci_detach(uint32_t port, struct ut_err *err);

/**
 * struct ut_vhci_settle - a device that is being set up
 * @port: where
 * @timeout_ms: how long that may take
 * @start: ut_clock_ms() of the beginning
 * @change: of the last one
 * @next: when to look again
 * @last: what was seen last
 */
struct ut_vhci_settle {
	uint32_t port;
	int timeout_ms;
	int64_t start;
	int64_t change;
	int64_t next;
	struct ut_vhci_nodes last;
};

/* Begins to wait, for up to @timeout_ms. */
void ut_vhci_settle(struct ut_vhci_settle *s, uint32_t port, int timeout_ms);

/*
 * Has the kernel probed all interfaces of the device, and have their drivers made their
 * nodes: each interface is bound and has a node and nothing has changed for 100 ms; or
 * nothing has changed for UT_VHCI_SETTLE_MS and no disk is to come (the kernel scans
 * one a second after its driver is bound)? At the deadline a configured device counts
 * as ready. 0: it is, *nodes is filled; -EAGAIN: look again at @next; -ETIMEDOUT: not
 * configured in time; -ENODEV: gone again before. Nothing is read for which the kernel
 * takes the lock of a device: a slow dock cannot keep the caller.
 */
int ut_vhci_look(struct ut_vhci_settle *s, struct ut_vhci_nodes *nodes,
		 struct ut_err *err);

/* The nodes of an attached device, by its bus id on this machine. */
int ut_vhci_nodes_of(const char *busid, struct ut_vhci_nodes *nodes,
		     struct ut_err *err);

/*
 * Keeps other attaches of this machine away from the choice of a port; waits
 * for them up to @timeout_ms. Returns a descriptor, which close(2) unlocks.
 */
int ut_vhci_lock(int timeout_ms, struct ut_err *err);

#endif /* UT_USB_VHCI_H */
