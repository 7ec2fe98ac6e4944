/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An enrolment on the loopback: the side that shows the code, in its own process with a
 * CA in a temporary directory; clients of all kinds in the test; and, for hand-made
 * ones, a TLS connection by the code, on either side, on which they say what they like.
 */
#ifndef UT_TEST_ENROLL_BED_H
#define UT_TEST_ENROLL_BED_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gnutls/abstract.h>

#include "base/clock.h"
#include "base/file.h"
#include "enroll/enroll.h"
#include "enroll/enroll_server.h"
#include "enroll/install.h"
#include "lib/loopback.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "pki/csr.h"

#define EF_DEADLINE_MS	45000
#define EF_DOCK		"desk"

/**
 * struct ef_result - what became of the server
 */
struct ef_result {
	int ret;
	struct ut_err err;
	struct ut_pki_cert made;
};

struct enroll_bed {
	char top[SCRATCH_SIZE];
	char pki[128];
	char log[128];		/* events of the server, one a line */
	char home[128];		/* where the tablet's files go */
	struct ut_config_tls tls;
	struct ut_pki_store store;
	struct ut_code code;
	struct ut_enroll_server_params server;
	pid_t pid;
	int result;		/* struct ef_result comes out of it */
	int stop;		/* closing it stops the server */
};

extern struct enroll_bed ef;

/* --- the side with the CA --- */

void ef_event(const struct ut_enroll_event *e, void *arg);
const char *ef_log(void);
unsigned int ef_count(const char *what);

/* Waits until the server has reported @n such events. */
void ef_expect(const char *what, unsigned int n);

void ef_start(void);

/* The same; the server's process first calls @first. */
void ef_start_after(int (*first)(struct ut_err *err));

struct ef_result ef_end(void);

/* Ctrl-C. */
struct ef_result ef_stop(void);

/* How many certificates the CA has issued. */
size_t ef_issued(void);

/* --- the side that enrols --- */

int ef_enroll_at(uint16_t port, const char *name, const struct ut_code *code,
		 struct ut_err *err);

int ef_enroll(const char *name, const struct ut_code *code, struct ut_err *err);
bool ef_there(const char *name);

/* No file at all, not even a key that waits. */
void ef_nothing_installed(void);

void ef_refused(int ret, const struct ut_err *err, enum ut_exit code,
		const char *msg);

struct ut_code ef_other_code(void);

int ef_dial(void);

/* --- all of it --- */

int ef_setup(void **state);
int ef_teardown(void **state);

#define EF_TEST(name) \
	cmocka_unit_test_setup_teardown(name, ef_setup, ef_teardown)

extern struct ut_tls ev_tls;

/* Does the handshake on @fd with @code. 0 or -1. */
int ev_open(int fd, enum ut_tls_side side, const struct ut_code *code);

/* A client that knows the code. */
int ev_connect(void);

void ev_close(int fd);

/* A frame with a header of the test's choice. */
void ev_frame(int type, size_t claimed, const void *data, size_t len);

/* The refusal that arrives, or -1 if the connection ends without one. */
int ev_refusal(void);

gnutls_x509_privkey_t ev_new_key(gnutls_ecc_curve_t curve);
struct ut_csr ev_csr(void);

/* The content of a REQUEST with any bytes for a name. */
size_t ev_request(uint8_t *buf, int role, const char *name, size_t name_len,
		  const void *csr, size_t csr_len);

#endif /* UT_TEST_ENROLL_BED_H */
