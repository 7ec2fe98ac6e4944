// SPDX-License-Identifier: GPL-2.0
#include "lib/psk_peer.h"

const uint8_t psk_right[UT_TLS_PSK_SIZE] = { 1, 2, 3 };
const uint8_t psk_wrong[UT_TLS_PSK_SIZE] = { 1, 2, 4 };

static int give_key(uint8_t key[UT_TLS_PSK_SIZE], void *arg)
{
	struct psk_end *e = arg;

	e->asked++;
	if (!e->key)
		return -1;
	memcpy(key, e->key, UT_TLS_PSK_SIZE);
	return 0;
}

static int count_bound(void *arg)
{
	struct psk_end *e = arg;

	e->bound++;
	return 0;
}

struct psk_end psk_end_of(enum ut_tls_side side, const uint8_t *key)
{
	return (struct psk_end){
		.psk = { .side = side, .identity = IDENTITY, .alpn = ALPN,
			 .key = give_key, .bound = count_bound },
		.key = key,
	};
}

void psk_run_end(struct psk_end *e, int fd)
{
	static struct ut_tls t;
	struct ut_tls_params p = {
		.fd = fd, .psk = &e->psk,
		.deadline = ut_clock_ms() + PSK_DEADLINE_MS,
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

static const uint8_t *other_key;
static gnutls_psk_server_credentials_t other_server;
static gnutls_psk_client_credentials_t other_client;
static gnutls_certificate_credentials_t other_cert;

static int other_find(gnutls_session_t s, const gnutls_datum_t *identity,
		      gnutls_datum_t *key)
{
	key->data = gnutls_malloc(UT_TLS_PSK_SIZE);
	memcpy(key->data, other_key, UT_TLS_PSK_SIZE);
	key->size = UT_TLS_PSK_SIZE;
	return 0;
}

static void other_psk(struct psk_other *o, gnutls_session_t s)
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
static void other_certificate(gnutls_session_t s)
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

static void other_free(gnutls_session_t s)
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

void psk_run_other(struct psk_other *o, int fd)
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
	gnutls_handshake_set_timeout(s, PSK_DEADLINE_MS);
	do {
		o->ret = gnutls_handshake(s);
	} while (o->ret < 0 && !gnutls_error_is_fatal(o->ret));
	/* In TLS 1.3 the server's refusal comes after the handshake. */
	if (!o->ret && !o->server)
		o->ret = (int)gnutls_record_recv(s, buf, sizeof(buf));
	if (o->ret == GNUTLS_E_FATAL_ALERT_RECEIVED)
		o->alert = gnutls_alert_get(s);
	else if (o->ret < 0)
		gnutls_alert_send_appropriate(s, o->ret);
	shutdown(fd, SHUT_RDWR);
	other_free(s);
}

void psk_sockets(int fd[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				    fd), 0);
}

void psk_wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

void psk_with_child(struct psk_end *here, void (*run)(void *side, int fd),
		    void *side, size_t size)
{
	int fd[2], report[2];
	pid_t pid;

	psk_sockets(fd);
	assert_int_equal(pipe(report), 0);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		run(side, fd[1]);
		_exit(write(report[1], side, size) != (ssize_t)size);
	}
	close(fd[1]);
	psk_run_end(here, fd[0]);
	close(fd[0]);
	assert_int_equal(read(report[0], side, size), size);
	close(report[0]);
	close(report[1]);
	psk_wait_for(pid);
}

static void child_other(void *side, int fd)
{
	psk_run_other(side, fd);
}

static void child_end(void *side, int fd)
{
	psk_run_end(side, fd);
}

void psk_against(struct psk_end *e, struct psk_other *o)
{
	psk_with_child(e, child_other, o, sizeof(*o));
}

void psk_both(struct psk_end *dock, struct psk_end *tablet)
{
	psk_with_child(tablet, child_end, dock, sizeof(*dock));
}

void psk_refused(const struct psk_end *e, enum ut_tls_reason reason)
{
	if (e->outcome.reason != reason)
		fail_msg("%s (%d) in place of %s",
			 ut_tls_reason_name(e->outcome.reason),
			 e->outcome.detail, ut_tls_reason_name(reason));
	assert_string_equal(e->word, "");
}
