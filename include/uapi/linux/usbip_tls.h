/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * usbip_tls - generic netlink contract between the helper and the modules
 *
 * The family "usbip_tls" manages USB/IP sessions over kernel TLS. A session is
 * what a stock driver (usbip-host, usbip-vudc, vhci-hcd) holds; a transport is
 * the kTLS connection below it. All commands need CAP_NET_ADMIN in the initial
 * user namespace, because USB devices belong to it. A caller sees and touches
 * only sessions of its own network namespace.
 *
 * USBIP_TLS_CMD_SESSION_NEW (do)
 *   Makes a session from a connected TCP socket that has the "tls" ULP with
 *   both directions configured. With A_PLAIN it makes one from a bare TCP socket,
 *   for a client that speaks no TLS: nothing is encrypted and nobody is
 *   authenticated, so the kernel never assumes it, and whoever sets A_PLAIN has
 *   decided that this peer may come without TLS. PDUs are checked, counted and
 *   limited as in any session. The kernel takes its own reference on the socket;
 *   the caller closes its descriptor afterwards, on success and on failure alike.
 *   A failure after the session was made (-EMSGSIZE, or -ENOMEM late) ends the
 *   connection; after all others the socket is as it was.
 *   Request: A_FD (u32, the kTLS socket), A_ROLE (u8, enum usbip_tls_role),
 *     A_DEVID (u32, busnum << 16 | devnum on the dock), A_BUSID (string, bus id
 *     on the dock), A_PEER (string, the name in the peer's certificate; may be
 *     empty for a peer without one), A_SERIAL (string, optional: the serial
 *     number of that certificate in lower-case hexadecimal; it is kept, so that
 *     a session can be ended when the certificate is revoked), A_PORT (u32, vhci
 *     port; tablet only), A_PLAIN (flag, optional: no TLS; dock only).
 *     Tablet only, optional: what the dock announced, by which somebody decided
 *     to attach. A_DEV_VENDOR, A_DEV_PRODUCT, A_DEV_RELEASE (u16), A_DEV_CLASS (3
 *     bytes: class, subclass, protocol), all or none of them; and if they are
 *     known A_DEV_CLASSES (USBIP_TLS_CLASSES_SIZE bytes: the classes of the
 *     interfaces, class N is bit N % 8 of byte N / 8). If they are given, every
 *     device and configuration descriptor that the dock delivers is compared
 *     with them before vhci-hcd has it. A device with other ids, with an
 *     interface of another class, or whose device descriptor changes ends the
 *     session with reason OTHER_DEVICE, before a driver can bind.
 *   Reply: A_ID (u32) and A_SESSION_FD (u32): a close-on-exec descriptor of the
 *     session socket. Write its number to usbip_sockfd or to vhci's attach,
 *     then close it. A descriptor that is closed without that ends the session.
 *   Errors, each with an extended-ack text:
 *     -EBADF         A_FD is not an open descriptor
 *     -ENOTSOCK      A_FD is not a socket
 *     -EPROTONOSUPPORT  not a TCP socket over IPv4 or IPv6
 *     -ENOTCONN      not established (any more)
 *     -ENOPROTOOPT   no TLS ULP on the socket
 *     -ENOKEY        the TLS transmit or receive direction has no keys
 *     -EOPNOTSUPP    a cipher or TLS version outside enum usbip_tls_cipher
 *     -EBUSY         the socket already belongs to a session
 *     -EXDEV         the socket is in another network namespace
 *     -ENXIO         the module for that role is not loaded
 *     -ENODEV        role DOCK: no USB device with this bus id and devid
 *     -EINVAL        an attribute is missing or out of range, or A_PLAIN comes
 *                    with role TABLET or with a socket that has an ULP
 *     -ENOSPC        USBIP_TLS_MAX_SESSIONS reached
 *     -ENOMEM, -EMFILE
 *
 * USBIP_TLS_CMD_SESSION_GET (do with A_ID, or dump)
 *   Reply: every attribute marked "get" below. -ENOENT: no such session.
 *
 * USBIP_TLS_CMD_SESSION_DEL (do, A_ID)
 *   Closes the session with reason ADMIN; the stock driver sees the end of its
 *   connection and releases the device or port. Returns before it has done so.
 *   -ENOENT: no such session. -EALREADY: it is closed already.
 *
 * A session of role DOCK closes by itself, with reason LOCAL, when its device
 * loses its driver, whoever unbound it.
 *
 * Multicast group "events" (listening needs CAP_NET_ADMIN):
 *   USBIP_TLS_CMD_SESSION_OPENED   same attributes as a GET reply
 *   USBIP_TLS_CMD_SESSION_CLOSED   same, state CLOSED, with A_REASON and its
 *                                  detail; exactly once for a session
 *   USBIP_TLS_CMD_KEYS_DUE         same; a direction has used 7/8 of the
 *                                  blocks its key may protect; at most once
 *                                  for a direction
 *
 * A closed session stays in the table until the stock driver lets go of its
 * socket. Ids are not reused before 2^31 sessions.
 */
#ifndef _UAPI_LINUX_USBIP_TLS_H
#define _UAPI_LINUX_USBIP_TLS_H

#define USBIP_TLS_GENL_NAME		"usbip_tls"
#define USBIP_TLS_GENL_VERSION		1
#define USBIP_TLS_MCGRP_EVENTS		"events"

/* Limits. String limits include the terminating NUL. */
#define USBIP_TLS_MAX_SESSIONS		1024
#define USBIP_TLS_BUSID_SIZE		32
#define USBIP_TLS_PEER_SIZE		256
#define USBIP_TLS_SERIAL_SIZE		65
#define USBIP_TLS_CLASSES_SIZE		32

/*
 * Blocks of 16 bytes one AES-GCM key may protect: 2^34.5, which is the 2^24.5
 * full-size records of RFC 8446 section 5.5. A record of n bytes counts as
 * n / 16 + 2 blocks: its text, the byte for its type, padded to whole blocks,
 * and one block for its tag. ChaCha20-Poly1305 has no practical limit.
 */
#define USBIP_TLS_GCM_BLOCK_LIMIT	24296003999ULL

enum usbip_tls_cmd {
	USBIP_TLS_CMD_UNSPEC,
	USBIP_TLS_CMD_SESSION_NEW,
	USBIP_TLS_CMD_SESSION_GET,
	USBIP_TLS_CMD_SESSION_DEL,
	USBIP_TLS_CMD_SESSION_OPENED,	/* event */
	USBIP_TLS_CMD_SESSION_CLOSED,	/* event */
	USBIP_TLS_CMD_KEYS_DUE,		/* event */

	__USBIP_TLS_CMD_MAX,
};
#define USBIP_TLS_CMD_MAX (__USBIP_TLS_CMD_MAX - 1)

enum usbip_tls_attr {
	USBIP_TLS_A_UNSPEC,
	USBIP_TLS_A_PAD,
	USBIP_TLS_A_ID,			/* u32, get */
	USBIP_TLS_A_FD,			/* u32 */
	USBIP_TLS_A_SESSION_FD,		/* u32 */
	USBIP_TLS_A_ROLE,		/* u8, enum usbip_tls_role, get */
	USBIP_TLS_A_STATE,		/* u8, enum usbip_tls_state, get */
	USBIP_TLS_A_REASON,		/* u8, enum usbip_tls_reason, get */
	USBIP_TLS_A_REASON_DETAIL,	/* u32, see enum usbip_tls_reason, get */
	USBIP_TLS_A_DEVID,		/* u32, get */
	USBIP_TLS_A_BUSID,		/* string, get */
	USBIP_TLS_A_PORT,		/* u32, get (tablet) */
	USBIP_TLS_A_PEER,		/* string, get */
	USBIP_TLS_A_LOCAL_ADDR,		/* struct sockaddr_in or _in6, get */
	USBIP_TLS_A_PEER_ADDR,		/* struct sockaddr_in or _in6, get */
	USBIP_TLS_A_TLS_VERSION,	/* u16, 0x0303, 0x0304, 0: no TLS, get */
	USBIP_TLS_A_CIPHER,		/* u8, enum usbip_tls_cipher, get */
	USBIP_TLS_A_AGE_MS,		/* u64, milliseconds since NEW, get */
	USBIP_TLS_A_TX_BYTES,		/* u64, plaintext bytes sent, get */
	USBIP_TLS_A_RX_BYTES,		/* u64, plaintext bytes received, get */
	USBIP_TLS_A_TX_PDUS,		/* u64, get */
	USBIP_TLS_A_RX_PDUS,		/* u64, get */
	USBIP_TLS_A_TX_RECORDS,		/* u64, records under this key, get */
	USBIP_TLS_A_RX_RECORDS,		/* u64, records under this key, get */
	USBIP_TLS_A_RECORD_LIMIT,	/* not sent any more: see A_BLOCK_LIMIT */
	USBIP_TLS_A_DROPPED_PDUS,	/* u64, late answers swallowed, get */
	USBIP_TLS_A_OPEN_URBS,		/* u32, get */
	USBIP_TLS_A_SERIAL,		/* string, get */
	USBIP_TLS_A_TX_BLOCKS,		/* u64, blocks under this key, get */
	USBIP_TLS_A_RX_BLOCKS,		/* u64, blocks under this key, get */
	USBIP_TLS_A_BLOCK_LIMIT,	/* u64, 0: none, get */
	USBIP_TLS_A_PLAIN,		/* flag: no TLS, get */
	USBIP_TLS_A_DEV_VENDOR,		/* u16 */
	USBIP_TLS_A_DEV_PRODUCT,	/* u16 */
	USBIP_TLS_A_DEV_RELEASE,	/* u16 */
	USBIP_TLS_A_DEV_CLASS,		/* 3 bytes */
	USBIP_TLS_A_DEV_CLASSES,	/* USBIP_TLS_CLASSES_SIZE bytes */

	__USBIP_TLS_A_MAX,
};
#define USBIP_TLS_A_MAX (__USBIP_TLS_A_MAX - 1)

/**
 * enum usbip_tls_role - which end of the session this machine is
 * @USBIP_TLS_ROLE_DOCK: shares a USB device; the socket goes to usbip-host, which
 *	holds the device while our module carries its transfers out
 * @USBIP_TLS_ROLE_DOCK_VUDC: shares a gadget; the socket goes to usbip-vudc
 * @USBIP_TLS_ROLE_TABLET: uses a USB device; the socket goes to vhci-hcd
 */
enum usbip_tls_role {
	USBIP_TLS_ROLE_UNSPEC,
	USBIP_TLS_ROLE_DOCK,
	USBIP_TLS_ROLE_DOCK_VUDC,
	USBIP_TLS_ROLE_TABLET,
};

/**
 * enum usbip_tls_state - states of a session, in the order they are passed
 * @USBIP_TLS_STATE_NEW: made, no byte has passed yet
 * @USBIP_TLS_STATE_OPEN: the stock driver uses it
 * @USBIP_TLS_STATE_CLOSED: over; kept until the stock driver lets go
 */
enum usbip_tls_state {
	USBIP_TLS_STATE_UNSPEC,
	USBIP_TLS_STATE_NEW,
	USBIP_TLS_STATE_OPEN,
	USBIP_TLS_STATE_CLOSED,
};

/**
 * enum usbip_tls_reason - why a session closed; the first cause wins
 * @USBIP_TLS_REASON_NONE: it is not closed
 * @USBIP_TLS_REASON_LOCAL: the stock driver ended it (detach, unplug, unbind)
 * @USBIP_TLS_REASON_ADMIN: SESSION_DEL
 * @USBIP_TLS_REASON_PEER_CLOSED: the peer sent close_notify; without TLS: the
 *	stream ended between two PDUs
 * @USBIP_TLS_REASON_TRUNCATED: end of stream without close_notify; without TLS:
 *	within a PDU
 * @USBIP_TLS_REASON_RESET: connection reset; detail: errno, positive
 * @USBIP_TLS_REASON_TIMEOUT: the peer vanished; detail: errno, positive
 * @USBIP_TLS_REASON_NETWORK: another socket error; detail: errno, positive
 * @USBIP_TLS_REASON_ALERT: TLS alert; detail: its number (RFC 8446 section 6)
 * @USBIP_TLS_REASON_DECRYPT: a record failed authentication; detail: errno of
 *	kernel TLS, positive
 * @USBIP_TLS_REASON_KEY_UPDATE: the peer changed keys; not supported
 * @USBIP_TLS_REASON_BAD_RECORD: unexpected record; detail: its content type
 * @USBIP_TLS_REASON_BAD_PDU: the peer sent a PDU that breaks the rules;
 *	detail: enum usbip_tls_violation
 * @USBIP_TLS_REASON_LOCAL_PDU: the local driver produced one; detail: as above
 * @USBIP_TLS_REASON_RECORD_LIMIT: the key has protected as much as it may
 * @USBIP_TLS_REASON_NO_MEMORY: out of memory on the data path
 * @USBIP_TLS_REASON_SILENT: tablet: the dock did not answer an unlink, though the
 *	connection works; detail: how long, in seconds
 * @USBIP_TLS_REASON_OTHER_DEVICE: tablet: the device is not the one that the dock
 *	announced; detail: enum usbip_tls_violation
 */
enum usbip_tls_reason {
	USBIP_TLS_REASON_NONE,
	USBIP_TLS_REASON_LOCAL,
	USBIP_TLS_REASON_ADMIN,
	USBIP_TLS_REASON_PEER_CLOSED,
	USBIP_TLS_REASON_TRUNCATED,
	USBIP_TLS_REASON_RESET,
	USBIP_TLS_REASON_TIMEOUT,
	USBIP_TLS_REASON_NETWORK,
	USBIP_TLS_REASON_ALERT,
	USBIP_TLS_REASON_DECRYPT,
	USBIP_TLS_REASON_KEY_UPDATE,
	USBIP_TLS_REASON_BAD_RECORD,
	USBIP_TLS_REASON_BAD_PDU,
	USBIP_TLS_REASON_LOCAL_PDU,
	USBIP_TLS_REASON_RECORD_LIMIT,
	USBIP_TLS_REASON_NO_MEMORY,
	USBIP_TLS_REASON_SILENT,
	USBIP_TLS_REASON_OTHER_DEVICE,
};

/**
 * enum usbip_tls_violation - which rule a PDU broke
 * @USBIP_TLS_VIOLATION_NONE: none
 * @USBIP_TLS_VIOLATION_COMMAND: command unknown, or not for this direction; or a
 *	control request that would take the device from the dock
 * @USBIP_TLS_VIOLATION_DEVID: not the device of this session
 * @USBIP_TLS_VIOLATION_DIRECTION: neither IN nor OUT, or at odds with the
 *	setup packet of a control transfer
 * @USBIP_TLS_VIOLATION_ENDPOINT: endpoint number above 15, or none such
 * @USBIP_TLS_VIOLATION_FLAGS: transfer flags unknown or not for this endpoint
 * @USBIP_TLS_VIOLATION_LENGTH: a length above its limit, or at odds with
 *	another length of the same transfer
 * @USBIP_TLS_VIOLATION_PACKETS: number of isochronous packets
 * @USBIP_TLS_VIOLATION_ISO: an isochronous packet descriptor
 * @USBIP_TLS_VIOLATION_INTERVAL: interval of a periodic transfer
 * @USBIP_TLS_VIOLATION_STATUS: status is not 0 or a negative errno
 * @USBIP_TLS_VIOLATION_SEQNUM: answer to a request that is not open, or a
 *	request whose number is open already
 * @USBIP_TLS_VIOLATION_OPEN: too many requests, or bytes, open at once
 * @USBIP_TLS_VIOLATION_DEVICE: ids or class of the device are others than those
 *	announced
 * @USBIP_TLS_VIOLATION_INTERFACE: an interface has a class that was not announced
 * @USBIP_TLS_VIOLATION_CHANGED: the device descriptor is another than before
 */
enum usbip_tls_violation {
	USBIP_TLS_VIOLATION_NONE,
	USBIP_TLS_VIOLATION_COMMAND,
	USBIP_TLS_VIOLATION_DEVID,
	USBIP_TLS_VIOLATION_DIRECTION,
	USBIP_TLS_VIOLATION_ENDPOINT,
	USBIP_TLS_VIOLATION_FLAGS,
	USBIP_TLS_VIOLATION_LENGTH,
	USBIP_TLS_VIOLATION_PACKETS,
	USBIP_TLS_VIOLATION_ISO,
	USBIP_TLS_VIOLATION_INTERVAL,
	USBIP_TLS_VIOLATION_STATUS,
	USBIP_TLS_VIOLATION_SEQNUM,
	USBIP_TLS_VIOLATION_OPEN,
	USBIP_TLS_VIOLATION_DEVICE,
	USBIP_TLS_VIOLATION_INTERFACE,
	USBIP_TLS_VIOLATION_CHANGED,
};

/**
 * enum usbip_tls_cipher - AEADs the modules accept, for TLS 1.2 and 1.3;
 * USBIP_TLS_CIPHER_UNSPEC: none, a session without TLS
 */
enum usbip_tls_cipher {
	USBIP_TLS_CIPHER_UNSPEC,
	USBIP_TLS_CIPHER_AES_GCM_128,
	USBIP_TLS_CIPHER_AES_GCM_256,
	USBIP_TLS_CIPHER_CHACHA20_POLY1305,
};

#endif /* _UAPI_LINUX_USBIP_TLS_H */
