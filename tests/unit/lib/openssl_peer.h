/* SPDX-License-Identifier: GPL-2.0 */
/*
 * openssl(1) at the other end: certificates with keys of every kind, its s_client in
 * place of a tablet, its s_server in place of a dock.
 */
#ifndef UT_TEST_OPENSSL_PEER_H
#define UT_TEST_OPENSSL_PEER_H

#include "lib/dock_bed.h"
#include "lib/unit.h"

/**
 * struct op_peer - an openssl that runs
 * @pid: 0: none
 * @in: its standard input; -1: closed
 * @out: its standard output; -1: closed
 */
struct op_peer {
	pid_t pid;
	int in;
	int out;
};

extern struct op_peer op;

extern char op_errors[128];	/* what the last one printed */

/* --- certificates --- */

__attribute__((format(printf, 1, 2)))
void op_run(const char *fmt, ...);

/* top/AS/{ca,cert,key}.pem from the CA "home"; @kind: what genpkey is told. */
void op_issue(const char *kind, enum ut_pki_role role, const char *as);

/* --- the process --- */

/* "exec openssl COMMAND -cert ... -key ... -CAfile ... OPTIONS" */
void op_start(const char *command, const char *own, const char *options);

const char *op_said(void);
void op_stop(void);

/* What it received, @len bytes, and how many before its end. */
size_t op_read(uint8_t *buf, size_t len);

void op_write(const void *buf, size_t len);

/* --- a tablet of OpenSSL at our dock --- */

/* It lists the one device of fx_share_stick(); the dock runs. */
void op_tablet_lists(const char *own, const char *options);

/* --- a dock of OpenSSL for our tablet --- */

void op_dock_is_listed(const char *own, const char *options);
int op_teardown(void **state);

#endif /* UT_TEST_OPENSSL_PEER_H */
