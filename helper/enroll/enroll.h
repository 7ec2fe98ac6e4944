/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Enrolment: a machine gets its certificate from the machine that has the CA,
 * and nothing but a one-time code, carried by a person, proves them to each
 * other. See section "Enrolment" in Documentation/protocol and
 * Documentation/threat-model.
 */
#ifndef UT_ENROLL_ENROLL_H
#define UT_ENROLL_ENROLL_H

#include <stdbool.h>
#include <stdint.h>

#include "enroll/code.h"
#include "enroll/frame.h"
#include "pki/pki.h"
#include "policy/config.h"

#define UT_ENROLL_LIFETIME	600	/* seconds */
#define UT_ENROLL_LIFETIME_MIN	60
#define UT_ENROLL_LIFETIME_MAX	3600
#define UT_ENROLL_TRIES		5
#define UT_ENROLL_TRIES_MAX	10

/* --- the side with the CA --- */

enum ut_enroll_event_type {
	UT_ENROLL_LISTENING,
	UT_ENROLL_WRONG_CODE,
	UT_ENROLL_TURNED_DOWN,
};

/**
 * struct ut_enroll_event - for who watches
 * @peer: address and port; NULL: LISTENING
 * @name: TURNED_DOWN: the name that was asked for; "" if it was none
 * @why: TURNED_DOWN: in words
 * @left: tries that are left
 */
struct ut_enroll_event {
	enum ut_enroll_event_type type;
	const char *peer;
	const char *name;
	const char *why;
	unsigned int left;
};

/**
 * struct ut_enroll_server_params - one enrolment
 * @store: the CA
 * @role: what the newcomer is to be
 * @pattern: glob that its name must match; NULL: any name. One without wildcards
 *	approves this name, see @approve
 * @config: whose rules are about names; NULL: there are none
 * @approve: asks whether the newcomer may have a name that was issued before or that
 *	a rule is about (@why: "was issued before ..."), for UT_ENROLL_APPROVAL_MS at
 *	most; NULL: there is nobody to ask, and it is refused
 * @force: a name may have a valid certificate already
 * @address: for a dock's certificate
 * @n_address: how many
 * @dock: name in the own certificate of this dock; "": it is none
 * @listen: numeric addresses; NULL: all
 * @port: TCP port
 * @lifetime: seconds
 * @tries: how many wrong codes and useless requests
 * @patience: milliseconds from a connection to its complete request; 0: 10 s
 * @code: the code
 * @stop: becomes readable when it is to end; -1: never
 * @event: called for each event; may be NULL
 * @arg: for it and @approve
 */
struct ut_enroll_server_params {
	struct ut_pki_store store;
	enum ut_pki_role role;
	const char *pattern;
	const struct ut_config *config;
	bool (*approve)(const char *peer, const char *name, const char *why,
			void *arg);
	bool force;
	const char *address[UT_PKI_MAX_ADDRESSES];
	size_t n_address;
	const char *dock;
	const char *listen;
	uint16_t port;
	unsigned int lifetime;
	unsigned int tries;
	unsigned int patience;
	const struct ut_code *code;
	int stop;
	void (*event)(const struct ut_enroll_event *event, void *arg);
	void *arg;
};

/*
 * Waits until one machine has enrolled; *made is its certificate. -ETIMEDOUT: the
 * time is over (UT_EXIT_TIMEOUT); -EACCES: no tries are left (UT_EXIT_REFUSED);
 * -EINTR: stopped. In any case the code is of no use any more.
 */
int ut_enroll_serve(const struct ut_enroll_server_params *params,
		    struct ut_pki_cert *made, struct ut_err *err);

/* --- the side that enrols --- */

/**
 * struct ut_enroll_client_params - one enrolment
 * @host: the machine that shows the code
 * @port: TCP port
 * @role: what we want to be
 * @name: name for our certificate
 * @code: the code
 * @tls: where the files go
 * @force: replace files that are there
 */
struct ut_enroll_client_params {
	const char *host;
	uint16_t port;
	enum ut_pki_role role;
	const char *name;
	const struct ut_code *code;
	const struct ut_config_tls *tls;
	bool force;
};

/*
 * Makes a key, enrols, installs the files. *dock: name of the dock; "" if the
 * machine with the CA is none. -EEXIST: there are files already; nobody was
 * asked then.
 */
int ut_enroll(const struct ut_enroll_client_params *params,
	      char dock[UT_PKI_NAME_SIZE], struct ut_err *err);

#endif /* UT_ENROLL_ENROLL_H */
