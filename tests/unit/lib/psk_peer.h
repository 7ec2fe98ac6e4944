/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TLS with a key that both sides have: our own end, and one made with GnuTLS alone,
 * each in its own process, over a socket pair.
 */
#ifndef UT_TEST_PSK_PEER_H
#define UT_TEST_PSK_PEER_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "lib/unit.h"
#include "tls/psk.h"

#define ALPN		"test/1"
#define IDENTITY	"test"
#define PSK_DEADLINE_MS	24000
#define TLS13	"NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define DHE	TLS13 ":-KX-ALL:+ECDHE-PSK:+DHE-PSK"
#define KE	TLS13 ":-KX-ALL:+PSK"
#define EITHER	TLS13 ":-KX-ALL:+PSK:+ECDHE-PSK"

extern const uint8_t psk_right[UT_TLS_PSK_SIZE];
extern const uint8_t psk_wrong[UT_TLS_PSK_SIZE];

/**
 * struct psk_end - one side, and what became of it
 * @key: NULL: it refuses to give one
 * @asked: how often the key was asked for
 * @bound: how often the binder was right
 */
struct psk_end {
	struct ut_tls_psk psk;
	const uint8_t *key;
	int asked;
	int bound;
	struct ut_tls_outcome outcome;
	gnutls_kx_algorithm_t kx;
	char word[8];
};

struct psk_end psk_end_of(enum ut_tls_side side, const uint8_t *key);

/* Handshake; then the dock sends a word and the tablet reads it. */
void psk_run_end(struct psk_end *e, int fd);

/**
 * struct psk_other - a peer made with GnuTLS alone
 * @server: which side
 * @priority: what it offers
 * @key: NULL: it has certificates in the place of the key
 * @identity: name of the key
 * @alpn: NULL: it names no protocol
 * @flags: more for gnutls_init()
 * @ret: of its handshake
 * @alert: that it has received, or -1
 */
struct psk_other {
	bool server;
	const char *priority;
	const uint8_t *key;
	const char *identity;
	const char *alpn;
	unsigned int flags;
	int ret;
	int alert;
};

void psk_run_other(struct psk_other *o, int fd);
void psk_sockets(int fd[2]);
void psk_wait_for(pid_t pid);

/*
 * Runs @here in this process and the other side in a child, which reports its struct of
 * @size bytes over a pipe.
 */
void psk_with_child(struct psk_end *here, void (*run)(void *side, int fd),
		    void *side, size_t size);

void psk_against(struct psk_end *e, struct psk_other *o);
void psk_both(struct psk_end *dock, struct psk_end *tablet);
void psk_refused(const struct psk_end *e, enum ut_tls_reason reason);

#endif /* UT_TEST_PSK_PEER_H */
