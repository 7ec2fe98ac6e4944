/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TLS with a key that both sides have: our own end, and one made with GnuTLS
 * alone, each in a process of its own, over a pair of sockets.
 */
#ifndef UT_TEST_PSK_FIXTURE_H
#define UT_TEST_PSK_FIXTURE_H

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
#define DEADLINE_MS	24000

#define TLS13	"NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define DHE	TLS13 ":-KX-ALL:+ECDHE-PSK:+DHE-PSK"
#define KE	TLS13 ":-KX-ALL:+PSK"
#define EITHER	TLS13 ":-KX-ALL:+PSK:+ECDHE-PSK"

static const uint8_t psk_right[UT_TLS_PSK_SIZE] = { 1, 2, 3 };
static const uint8_t psk_wrong[UT_TLS_PSK_SIZE] = { 1, 2, 4 };

/**
 * struct end - one side, and what became of it
 * @key: NULL: it refuses to give one
 * @asked: how often the key was asked for
 * @bound: how often the binder was right
 */
struct end {
	struct ut_tls_psk psk;
	const uint8_t *key;
	int asked;
	int bound;
	struct ut_tls_outcome outcome;
	gnutls_kx_algorithm_t kx;
	char word[8];
};

static inline int give_key(uint8_t key[UT_TLS_PSK_SIZE], void *arg)
{
	struct end *e = arg;

	e->asked++;
	if (!e->key)
		return -1;
	memcpy(key, e->key, UT_TLS_PSK_SIZE);
	return 0;
}

static inline int count_bound(void *arg)
{
	struct end *e = arg;

	e->bound++;
	return 0;
}

static inline struct end end_of(enum ut_tls_side side, const uint8_t *key)
{
	return (struct end){
		.psk = { .side = side, .identity = IDENTITY, .alpn = ALPN,
			 .key = give_key, .bound = count_bound },
		.key = key,
	};
}

/* Handshake; then the dock says a word and the tablet hears it. */
static inline void run_end(struct end *e, int fd)
{
	static struct ut_tls t;
	struct ut_tls_params p = {
		.fd = fd, .psk = &e->psk,
		.deadline = ut_clock_ms() + DEADLINE_MS,
	};

	e->psk.arg = e;
	if (!ut_tls_psk_open(&t, &p) && !ut_tls_psk_handshake(&t)) {
		e->kx = gnutls_kx_get(t.session);
		if (e->psk.side == UT_TLS_DOCK) {
			ut_tls_send(&t, "hello", 6);
			ut_tls_finish(&t);
		} else {
			ut_tls_recv(&t, e->word, 6);
		}
	}
	e->outcome = t.outcome;
	ut_tls_close(&t);
}

/**
 * struct other - a peer made with GnuTLS alone
 * @server: which side
 * @priority: what it offers
 * @key: NULL: it has certificates in the place of the key
 * @identity: name of the key
 * @alpn: NULL: it names no protocol
 * @flags: more for gnutls_init()
 * @ret: of its handshake
 * @alert: that it has received, or -1
 */
struct other {
	bool server;
	const char *priority;
	const uint8_t *key;
	const char *identity;
	const char *alpn;
	unsigned int flags;
	int ret;
	int alert;
};

static const uint8_t *other_key;
static gnutls_psk_server_credentials_t other_server;
static gnutls_psk_client_credentials_t other_client;
static gnutls_certificate_credentials_t other_cert;

static inline int other_find(gnutls_session_t s, const gnutls_datum_t *identity,
		      gnutls_datum_t *key)
{
	key->data = gnutls_malloc(UT_TLS_PSK_SIZE);
	memcpy(key->data, other_key, UT_TLS_PSK_SIZE);
	key->size = UT_TLS_PSK_SIZE;
	return 0;
}

static inline void other_psk(struct other *o, gnutls_session_t s)
{
	const char *name = o->identity ? o->identity : IDENTITY;
	const gnutls_datum_t id = { (unsigned char *)name,
				    (unsigned int)strlen(name) };
	const gnutls_datum_t key = { (unsigned char *)o->key, UT_TLS_PSK_SIZE };

	other_key = o->key;
	if (o->server) {
		gnutls_psk_allocate_server_credentials(&other_server);
		gnutls_psk_set_server_credentials_function2(other_server,
							    other_find);
		gnutls_credentials_set(s, GNUTLS_CRD_PSK, other_server);
	} else {
		gnutls_psk_allocate_client_credentials(&other_client);
		gnutls_psk_set_client_credentials2(other_client, &id, &key,
						   GNUTLS_PSK_KEY_RAW);
		gnutls_credentials_set(s, GNUTLS_CRD_PSK, other_client);
	}
}

/* A certificate that nobody knows. */
static inline void other_certificate(gnutls_session_t s)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, "1", 1);
	gnutls_x509_crt_set_dn(crt, "CN=desk", NULL);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 3600);
	gnutls_x509_crt_set_key(crt, key);
	gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
	gnutls_certificate_allocate_credentials(&other_cert);
	gnutls_certificate_set_x509_key(other_cert, &crt, 1, key);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, other_cert);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static inline void other_free(gnutls_session_t s)
{
	gnutls_deinit(s);
	if (other_server)
		gnutls_psk_free_server_credentials(other_server);
	if (other_client)
		gnutls_psk_free_client_credentials(other_client);
	if (other_cert)
		gnutls_certificate_free_credentials(other_cert);
	other_server = NULL;
	other_client = NULL;
	other_cert = NULL;
}

static inline void run_other(struct other *o, int fd)
{
	gnutls_session_t s;
	gnutls_datum_t alpn = { (unsigned char *)o->alpn, 0 };
	char buf[64];

	o->alert = -1;
	gnutls_init(&s, (o->server ? GNUTLS_SERVER : GNUTLS_CLIENT) |
		    GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS | o->flags);
	if (gnutls_priority_set_direct(s, o->priority, NULL))
		_exit(1);
	if (o->key)
		other_psk(o, s);
	else
		other_certificate(s);
	if (o->alpn) {
		alpn.size = (unsigned int)strlen(o->alpn);
		gnutls_alpn_set_protocols(s, &alpn, 1, 0);
	}
	gnutls_transport_set_int(s, fd);
	gnutls_handshake_set_timeout(s, DEADLINE_MS);
	do {
		o->ret = gnutls_handshake(s);
	} while (o->ret < 0 && !gnutls_error_is_fatal(o->ret));
	/* In TLS 1.3 the refusal of the server comes after it. */
	if (!o->ret && !o->server)
		o->ret = (int)gnutls_record_recv(s, buf, sizeof(buf));
	if (o->ret == GNUTLS_E_FATAL_ALERT_RECEIVED)
		o->alert = gnutls_alert_get(s);
	else if (o->ret < 0)
		gnutls_alert_send_appropriate(s, o->ret);
	shutdown(fd, SHUT_RDWR);
	other_free(s);
}

static inline void sockets(int fd[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				    fd), 0);
}

static inline void wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/*
 * @here in this process, the other side in a child, which reports its struct of
 * @size bytes over a pipe.
 */
static inline void with_child(struct end *here, void (*run)(void *side, int fd),
			      void *side, size_t size)
{
	int fd[2], report[2];
	pid_t pid;

	sockets(fd);
	assert_int_equal(pipe(report), 0);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		run(side, fd[1]);
		_exit(write(report[1], side, size) != (ssize_t)size);
	}
	close(fd[1]);
	run_end(here, fd[0]);
	close(fd[0]);
	assert_int_equal(read(report[0], side, size), size);
	close(report[0]);
	close(report[1]);
	wait_for(pid);
}

static inline void child_other(void *side, int fd)
{
	run_other(side, fd);
}

static inline void child_end(void *side, int fd)
{
	run_end(side, fd);
}

static inline void against(struct end *e, struct other *o)
{
	with_child(e, child_other, o, sizeof(*o));
}

static inline void both(struct end *dock, struct end *tablet)
{
	with_child(tablet, child_end, dock, sizeof(*dock));
}

static inline void refused(const struct end *e, enum ut_tls_reason reason)
{
	if (e->outcome.reason != reason)
		fail_msg("%s (%d) in place of %s",
			 ut_tls_reason_name(e->outcome.reason),
			 e->outcome.detail, ut_tls_reason_name(reason));
	assert_string_equal(e->word, "");
}

#endif /* UT_TEST_PSK_FIXTURE_H */
