// SPDX-License-Identifier: GPL-2.0
#include "lib/enroll_bed.h"

struct enroll_bed ef;

/* --- the side with the CA --- */

void ef_event(const struct ut_enroll_event *e, void *arg)
{
	static const char *const names[] = { "listening", "wrong code",
					     "turned down" };
	FILE *f = fopen(ef.log, "a");

	fprintf(f, "%s: %s (%s), %u left\n", names[e->type],
		e->why ? e->why : "", e->name ? e->name : "", e->left);
	fclose(f);
}

const char *ef_log(void)
{
	static char text[SCRATCH_TEXT_SIZE];

	return scratch_text(ef.log, text);
}

unsigned int ef_count(const char *what)
{
	return scratch_count(ef_log(), what);
}

void ef_expect(const char *what, unsigned int n)
{
	scratch_await(ef.log, what, n, "the server");
}

void ef_start_after(int (*first)(struct ut_err *err))
{
	struct ef_result r = { .ret = 0 };
	int result[2], stop[2];

	assert_int_equal(pipe(result), 0);
	assert_int_equal(pipe(stop), 0);
	unlink(ef.log);
	ef.pid = fork();
	if (!ef.pid) {
		close(stop[1]);
		ef.server.stop = stop[0];
		r.ret = first ? first(&r.err) : 0;
		if (!r.ret)
			r.ret = ut_enroll_serve(&ef.server, &r.made, &r.err);
		_exit(write(result[1], &r, sizeof(r)) != sizeof(r));
	}
	close(result[1]);
	close(stop[0]);
	ef.result = result[0];
	ef.stop = stop[1];
	ef_expect("listening", 1);
}

void ef_start(void)
{
	ef_start_after(NULL);
}

struct ef_result ef_end(void)
{
	struct ef_result r;
	int status;

	if (read(ef.result, &r, sizeof(r)) != sizeof(r))
		fail_msg("the server has died:\n%s", ef_log());
	assert_int_equal(waitpid(ef.pid, &status, 0), ef.pid);
	assert_int_equal(status, 0);
	ef.pid = 0;
	close(ef.result);
	close(ef.stop);
	return r;
}

struct ef_result ef_stop(void)
{
	assert_int_equal(write(ef.stop, "x", 1), 1);
	return ef_end();
}

size_t ef_issued(void)
{
	struct ut_pki_cert *certs;
	struct ut_err err;
	size_t n;

	if (ut_pki_list(&ef.store, &certs, &n, &err))
		fail_msg("list: %s", err.msg);
	free(certs);
	return n - 1;
}

/* --- the side that enrols --- */

int ef_enroll_at(uint16_t port, const char *name, const struct ut_code *code,
		 struct ut_err *err)
{
	const struct ut_enroll_client_params params = {
		.host = "127.0.0.1", .port = port, .role = UT_PKI_TABLET,
		.name = name, .code = code, .tls = &ef.tls,
	};
	char dock[UT_PKI_NAME_SIZE];
	int ret;

	ut_err_clear(err);
	ret = ut_enroll(&params, dock, err);
	if (!ret)
		assert_string_equal(dock, ef.server.dock);
	return ret;
}

int ef_enroll(const char *name, const struct ut_code *code, struct ut_err *err)
{
	return ef_enroll_at(ef.server.port, name, code, err);
}

bool ef_there(const char *name)
{
	return scratch_has(ef.home, name);
}

void ef_nothing_installed(void)
{
	static const char *const names[] = {
		"ca.pem", "cert.pem", "key.pem", "crl.pem", "key.pem.new",
		"cert.pem.new",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ef_there(names[i]))
			fail_msg("there is a %s", names[i]);
}

void ef_refused(int ret, const struct ut_err *err, enum ut_exit code,
		const char *msg)
{
	if (!ret || err->code != code || !strstr(err->msg, msg))
		fail_msg("%d, code %d, \"%s\" instead of %d, \"%s\"; server:\n%s",
			 ret, err->code, err->msg, code, msg, ef_log());
}

struct ut_code ef_other_code(void)
{
	struct ut_code code = ef.code;

	code.digit[UT_CODE_DIGITS - 1] ^= 1;
	return code;
}

int ef_dial(void)
{
	return loopback_dial(NULL, ef.server.port);
}

/* --- all of it --- */

int ef_setup(void **state)
{
	struct ut_err err;

	memset(&ef, 0, sizeof(ef));
	if (scratch_make(ef.top, "enroll"))
		return -1;
	snprintf(ef.pki, sizeof(ef.pki), "%s/pki", ef.top);
	snprintf(ef.log, sizeof(ef.log), "%s/log", ef.top);
	snprintf(ef.home, sizeof(ef.home), "%s/home", ef.top);
	ef.store.dir = ef.pki;
	if (mkdir(ef.home, 0755) ||
	    ut_pki_init(&ef.store, NULL, 0, false, &err) ||
	    ut_install_files(&ef.tls, ef.home, &err) ||
	    ut_code_make(&ef.code, &err))
		return -1;
	ef.server = (struct ut_enroll_server_params){
		.store = ef.store, .role = UT_PKI_TABLET, .dock = EF_DOCK,
		.listen = "127.0.0.1", .port = loopback_port(), .lifetime = 60,
		.tries = 5, .code = &ef.code, .stop = -1, .event = ef_event,
	};
	return 0;
}

int ef_teardown(void **state)
{
	if (ef.pid) {	/* the test has failed */
		kill(ef.pid, SIGKILL);
		waitpid(ef.pid, NULL, 0);
		close(ef.result);
		close(ef.stop);
	}
	return scratch_drop(ef.top);
}

struct ut_tls ev_tls;

static int ev_key(uint8_t key[UT_TLS_PSK_SIZE], void *arg)
{
	return ut_code_key(arg, key);
}

int ev_open(int fd, enum ut_tls_side side, const struct ut_code *code)
{
	static struct ut_tls_psk psk;
	struct ut_tls_params p = {
		.fd = fd, .psk = &psk,
		.deadline = ut_clock_ms() + EF_DEADLINE_MS,
	};

	psk = (struct ut_tls_psk){
		.side = side, .identity = UT_ENROLL_IDENTITY,
		.alpn = UT_ENROLL_ALPN, .key = ev_key, .arg = (void *)code,
	};
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return ut_tls_psk_open(&ev_tls, &p) ? -1 :
	       ut_tls_psk_handshake(&ev_tls);
}

int ev_connect(void)
{
	int fd = ef_dial();

	if (ev_open(fd, UT_TLS_TABLET, &ef.code))
		fail_msg("handshake: %s (%d)",
			 ut_tls_reason_name(ev_tls.outcome.reason),
			 ev_tls.outcome.detail);
	return fd;
}

void ev_close(int fd)
{
	ut_tls_close(&ev_tls);
	close(fd);
}

void ev_frame(int type, size_t claimed, const void *data, size_t len)
{
	const uint8_t head[4] = {
		(uint8_t)type, (uint8_t)(claimed >> 16),
		(uint8_t)(claimed >> 8), (uint8_t)claimed,
	};

	assert_int_equal(ut_tls_send(&ev_tls, head, sizeof(head)), 0);
	if (len)
		assert_int_equal(ut_tls_send(&ev_tls, data, len), 0);
}

int ev_refusal(void)
{
	struct ut_buf buf;
	int why = -1;

	if (ut_frame_recv(&ev_tls, UT_FRAME_REFUSED, UT_FRAME_REFUSED, 1,
			  &buf) < 0)
		return -1;
	if (buf.len == 1)
		why = (uint8_t)buf.data[0];
	ut_buf_free(&buf);
	return why;
}

gnutls_x509_privkey_t ev_new_key(gnutls_ecc_curve_t curve)
{
	gnutls_x509_privkey_t key;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
				GNUTLS_CURVE_TO_BITS(curve), 0), 0);
	return key;
}

struct ut_csr ev_csr(void)
{
	gnutls_x509_privkey_t key = ev_new_key(GNUTLS_ECC_CURVE_SECP256R1);
	struct ut_csr csr;
	struct ut_err err;

	if (ut_csr_make(&csr, key, UT_PKI_TABLET, "x", &err))
		fail_msg("%s", err.msg);
	gnutls_x509_privkey_deinit(key);
	return csr;
}

size_t ev_request(uint8_t *buf, int role, const char *name, size_t name_len,
		  const void *csr, size_t csr_len)
{
	buf[0] = (uint8_t)role;
	buf[1] = (uint8_t)name_len;
	memcpy(buf + 2, name, name_len);
	memcpy(buf + 2 + name_len, csr, csr_len);
	return 2 + name_len + csr_len;
}
