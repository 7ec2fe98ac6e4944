/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's session table, by generic netlink. The contract is in
 * <linux/usbip_tls.h>; this is the only place in user space that speaks it.
 *
 * A struct ut_nl is a table of operations, so that a unit test can put a
 * scripted one in the place of the kernel. It is not safe for use by two
 * threads at once. All functions return 0 or a negative errno and fill err.
 *
 * Errors that every call can meet: -ENOPROTOOPT with UT_EXIT_MODULE (family not
 * registered: no module loaded), -EPERM with UT_EXIT_PERMISSION.
 */
#ifndef UT_NL_NL_H
#define UT_NL_NL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <linux/usbip_tls.h>

#include "base/err.h"
#include "proto/op.h"

/**
 * struct ut_session_req - arguments of SESSION_NEW
 * @fd: the socket; stays the caller's, who closes it afterwards
 * @plain: it has no TLS, and its peer may come without; else it must have keys
 * @role: enum usbip_tls_role
 * @devid: busnum << 16 | devnum on the dock
 * @busid: bus id on the dock
 * @peer: name in the peer's certificate; NULL or empty: it has none
 * @serial: serial number of it, lower-case hexadecimal; NULL or empty: unknown
 * @port: vhci port; role TABLET only
 * @device: role TABLET: what the dock announced, which the kernel holds the device
 *	to; NULL: it does not
 * @interfaces_known: the interfaces of @device are known, too
 */
struct ut_session_req {
	int fd;
	bool plain;
	enum usbip_tls_role role;
	uint32_t devid;
	const char *busid;
	const char *peer;
	const char *serial;
	uint32_t port;
	const struct ut_op_device *device;
	bool interfaces_known;
};

/**
 * struct ut_session - one row of the session table; members as the attributes
 *
 * An attribute that the kernel did not send is 0; an address then has the
 * family AF_UNSPEC. The strings are sanitized for display.
 */
struct ut_session {
	uint32_t id;
	enum usbip_tls_role role;
	enum usbip_tls_state state;
	enum usbip_tls_reason reason;
	uint32_t reason_detail;
	uint32_t devid;
	char busid[USBIP_TLS_BUSID_SIZE];
	uint32_t port;
	char peer[USBIP_TLS_PEER_SIZE];
	char serial[USBIP_TLS_SERIAL_SIZE];
	struct sockaddr_storage local_addr;
	struct sockaddr_storage peer_addr;
	bool plain;
	uint16_t tls_version;
	enum usbip_tls_cipher cipher;
	uint64_t age_ms;
	uint64_t tx_bytes;
	uint64_t rx_bytes;
	uint64_t tx_pdus;
	uint64_t rx_pdus;
	uint64_t tx_records;
	uint64_t rx_records;
	uint64_t tx_blocks;
	uint64_t rx_blocks;
	uint64_t block_limit;
	uint64_t dropped_pdus;
	uint32_t open_urbs;
};

struct ut_nl;

struct ut_nl_ops {
	void (*close)(struct ut_nl *nl);
	int (*session_new)(struct ut_nl *nl, const struct ut_session_req *req,
			   uint32_t *id, int *session_fd, struct ut_err *err);
	int (*session_all)(struct ut_nl *nl, struct ut_session **sessions,
			   size_t *n, struct ut_err *err);
	int (*session_del)(struct ut_nl *nl, uint32_t id, struct ut_err *err);
};

struct ut_nl {
	const struct ut_nl_ops *ops;
};

/* Connects to the family. On success the caller owns *nl: ut_nl_close(). */
int ut_nl_open(struct ut_nl **nl, struct ut_err *err);

/* NULL is fine. */
void ut_nl_close(struct ut_nl *nl);

/*
 * SESSION_NEW. *session_fd is close-on-exec and the caller's: hand it to the
 * stock driver, then close it. Its errno values are those of the contract.
 */
static inline int ut_nl_session_new(struct ut_nl *nl,
				    const struct ut_session_req *req,
				    uint32_t *id, int *session_fd,
				    struct ut_err *err)
{
	return nl->ops->session_new(nl, req, id, session_fd, err);
}

/* The whole table; the caller frees *sessions. *n may be 0. */
static inline int ut_nl_session_all(struct ut_nl *nl,
				    struct ut_session **sessions, size_t *n,
				    struct ut_err *err)
{
	return nl->ops->session_all(nl, sessions, n, err);
}

/* -ENOENT: no such session; -EALREADY: closed already. */
static inline int ut_nl_session_del(struct ut_nl *nl, uint32_t id,
				    struct ut_err *err)
{
	return nl->ops->session_del(nl, id, err);
}

/*
 * Events. The socket is non-blocking; poll ut_nl_events_fd() for POLLIN, then
 * call ut_nl_events_read(), which calls back for each event that has arrived.
 * -ENOBUFS from it: events were lost; take a dump to catch up, then go on.
 */
struct ut_nl_events;

typedef void (*ut_nl_event_cb)(enum usbip_tls_cmd cmd,
			       const struct ut_session *s, void *arg);

int ut_nl_events_open(struct ut_nl_events **ev, struct ut_err *err);
int ut_nl_events_fd(const struct ut_nl_events *ev);
int ut_nl_events_read(struct ut_nl_events *ev, ut_nl_event_cb cb, void *arg,
		      struct ut_err *err);
void ut_nl_events_close(struct ut_nl_events *ev);

/*
 * Names, the ones shown to users and in JSON: lower case, words joined by '-',
 * e.g. "peer-closed". Never NULL: a value without a name is "unknown".
 */
const char *ut_role_name(enum usbip_tls_role v);
const char *ut_state_name(enum usbip_tls_state v);
const char *ut_reason_name(enum usbip_tls_reason v);
const char *ut_violation_name(enum usbip_tls_violation v);
const char *ut_cipher_name(enum usbip_tls_cipher v);

/*
 * "1.3" and "aes-128-gcm"; both are "none" for a session without TLS. What the
 * kernel did not say is "?" and "unknown".
 */
const char *ut_session_version(const struct ut_session *s);
const char *ut_session_cipher(const struct ut_session *s);

/*
 * A sentence for a person, e.g. "the peer broke the protocol (length)".
 * Returns buf.
 */
const char *ut_reason_text(enum usbip_tls_reason reason, uint32_t detail,
			   char *buf, size_t size);

/* "192.0.2.1:3240" or "[2001:db8::1]:3240"; "" for AF_UNSPEC. Returns buf. */
const char *ut_addr_text(const struct sockaddr_storage *ss, char *buf,
			 size_t size);

#endif /* UT_NL_NL_H */
