/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ut-peer - the other end of a session, as strange as a test wants it
 *
 * See usage() in main.c for the subcommands. Everything is printed as one line a
 * fact, "WORD VALUE...", on standard output; trouble of the program itself goes to
 * standard error.
 */
#ifndef UT_PEER_H
#define UT_PEER_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/op.h"
#include "wire/usbip_pdu.h"

/** enum peer_exit - exit codes of ut-peer */
enum peer_exit {
	PEER_OK,		/* it went as the class says */
	PEER_OTHERWISE,		/* it did not */
	PEER_USAGE,
	PEER_SETUP,		/* it did not come so far: files, network, TLS */
	PEER_UNFIT,		/* the device has no endpoint of the kind needed */
};

/** enum peer_end - how a connection ended */
enum peer_end {
	END_NONE,		/* it has not */
	END_CLOSED,		/* close_notify; without TLS: FIN */
	END_ALERT,		/* a fatal alert */
	END_TRUNCATED,		/* FIN without close_notify */
	END_RESET,
	END_TIMEOUT,		/* nothing came before the deadline */
	END_FAILED,		/* a TLS error of our own */
};

/**
 * struct peer - a connection
 * @fd: socket
 * @s: TLS session; NULL: without TLS
 * @cred: credentials
 * @deadline: peer_now() at which reading gives up
 * @end: how it ended
 * @alert: its number, if @end is END_ALERT
 */
struct peer {
	int fd;
	gnutls_session_t s;
	gnutls_certificate_credentials_t cred;
	int64_t deadline;
	enum peer_end end;
	int alert;
};

/**
 * struct peer_opts - from the command line
 * @host: where to connect to
 * @port: TCP port, text
 * @pki: directory with ca.pem, cert.pem, key.pem; NULL: none of our own
 * @priority: GnuTLS priority string
 * @busid: device
 * @name: class, or kind of transfer
 * @seconds: deadline for each step
 * @plain: no TLS
 * @anonymous: a server that asks for no certificate
 */
struct peer_opts {
	const char *host;
	const char *port;
	const char *pki;
	const char *priority;
	const char *busid;
	const char *name;
	unsigned int seconds;
	bool plain;
	bool anonymous;
};

/* Kinds of endpoint a class needs, as printed by "list". */
enum peer_need {
	NEED_CONTROL, NEED_BULK_IN, NEED_BULK_OUT, NEED_INT_IN, NEED_ISO_IN,
	NEED_ISO_OUT, N_NEEDS
};

/* What a class changes in a header or in the first descriptor. */
enum peer_field {
	F_COMMAND, F_SEQNUM, F_DEVID, F_DIRECTION, F_EP, F_FLAGS, F_LENGTH,
	F_PACKETS, F_INTERVAL, F_SETUP_TYPE, F_SETUP_REQUEST, F_SETUP_LENGTH,
	F_STATUS, F_ACTUAL, F_ERRORS, F_ISO_OFFSET, F_ISO_LENGTH, F_ISO_ACTUAL,
	F_ISO_STATUS, F_CUSTOM
};

/**
 * struct peer_class - one way to misbehave
 * @name: as given on the command line
 * @need: transfer that is changed
 * @field: what is changed
 * @value: to this
 * @flags: transfer flags besides
 * @reason: why the session must close, as in "usbip-tls status"; "none": it
 *	must go on
 * @detail: of the reason; the violation, or "-"
 */
struct peer_class {
	const char *name;
	enum peer_need need;
	enum peer_field field;
	uint32_t value;
	uint32_t flags;
	const char *reason;
	const char *detail;
};

extern const struct peer_class tablet_classes[];
extern const size_t n_tablet_classes;
extern const struct peer_class dock_classes[];
extern const size_t n_dock_classes;

/* A transfer as it goes over the wire. */
struct peer_transfer {
	struct usbip_pdu pdu;
	struct usbip_iso_desc iso;	/* one packet at most */
	uint32_t n_iso;
	uint8_t data[4096];
	uint32_t data_len;
};

struct peer_endpoint {
	uint8_t address;
	uint8_t type;		/* bmAttributes & 3 */
	uint16_t maxp;
	uint8_t interface;
	uint8_t alternate;
};

/**
 * struct peer_device - an imported device
 * @op: its record
 * @devid: for headers
 * @seqnum: of the next request
 * @ep: its endpoints in all alternate settings
 * @n_ep: how many
 * @config_value: of its first configuration
 */
struct peer_device {
	struct ut_op_device op;
	uint32_t devid;
	uint32_t seqnum;
	struct peer_endpoint ep[64];
	size_t n_ep;
	uint8_t config_value;
};

/* tls.c */
int64_t peer_now(void);
void peer_die(enum peer_exit code, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
void peer_connect(struct peer *p, const struct peer_opts *o);
int peer_listen(const struct peer_opts *o);
bool peer_accept(struct peer *p, const struct peer_opts *o, int listener,
		 bool tickets);
void peer_close(struct peer *p);
bool peer_send(struct peer *p, const void *buf, size_t len);
bool peer_recv(struct peer *p, void *buf, size_t len);
void peer_wait_end(struct peer *p, unsigned int seconds);
void peer_print_end(const struct peer *p);
bool peer_ended_by_other(const struct peer *p);

/* class.c */
const struct peer_class *peer_class_find(const struct peer_class *classes,
					 size_t n, const char *name);
void peer_class_apply(const struct peer_class *c, struct peer_transfer *t);
void peer_class_list(void);
const char *peer_need_name(enum peer_need need);
bool peer_send_transfer(struct peer *p, const struct peer_transfer *t);
bool peer_send_record(struct peer *p, const struct peer_class *c, bool *known);

/* device.c */
void device_list(struct peer *p);
void device_import(struct peer *p, const char *busid, struct peer_device *d);
int device_control(struct peer *p, struct peer_device *d, uint8_t type,
		   uint8_t request, uint16_t value, uint16_t index, void *buf,
		   uint16_t len);
void device_configure(struct peer *p, struct peer_device *d);
bool device_transfer(struct peer *p, struct peer_device *d, enum peer_need need,
		     struct peer_transfer *t);

/**
 * struct peer_gadget - the device of a dock that exists only here
 * @listed: its record in a list of devices
 * @imported: its record in the answer to an import
 * @descriptor: the descriptor that GET_DESCRIPTOR with this wValue asks for; NULL:
 *	there is none
 * @arg: for @descriptor
 */
struct peer_gadget {
	struct ut_op_device listed;
	struct ut_op_device imported;
	const uint8_t *(*descriptor)(void *arg, uint16_t value, size_t *len);
	void *arg;
};

/* dock.c */
void dock_record(struct ut_op_device *d);
const uint8_t *dock_descriptor(void *arg, uint16_t value, size_t *len);
bool dock_receive(struct peer *p, const struct peer_gadget *g,
		  struct usbip_pdu *q, struct peer_transfer *r);
void dock_wait_import(struct peer *p, const struct peer_gadget *g,
		      const struct peer_opts *o, bool tickets);

/* subcommands: return enum peer_exit */
int cmd_hostile_tablet(const struct peer_opts *o);
int cmd_hostile_dock(const struct peer_opts *o);
int cmd_lying_dock(const struct peer_opts *o);
int cmd_remotehub(const struct peer_opts *o);
int cmd_compat(const struct peer_opts *o);
int cmd_hoard(const struct peer_opts *o);
int cmd_submit(const struct peer_opts *o);
int cmd_storm(const struct peer_opts *o);
int cmd_flood(const struct peer_opts *o);

#endif /* UT_PEER_H */
