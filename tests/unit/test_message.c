// SPDX-License-Identifier: GPL-2.0
/*
 * Messages between programs and their parents: a malformed one is refused as a whole,
 * whoever may send it; and data in pieces, with the bundle of an enrolment.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cage/program.h"
#include "lib/unit.h"
#include "tls/sign_text.h"
#include "worker/message.h"

static struct ut_msg msg, got;
static int parent, child;

static int setup(void **state)
{
	return ut_program_pair(&parent, &child);
}

static int teardown(void **state)
{
	close(parent);
	close(child);
	return 0;
}

static void pass(int line, int expect)
{
	int ret;

	assert_int_equal(ut_msg_send(child, &msg), 0);
	ret = ut_msg_recv(parent, &got);
	if (ret != expect)
		fail_msg("line %d: %d, not %d", line, ret, expect);
}

#define TRY(expect, ...) do { \
	msg = (struct ut_msg){ __VA_ARGS__ }; \
	pass(__LINE__, expect); \
} while (0)

/* All 'a', without an end, except for what a statement then sets. */
#define FULL(msg_type, ...) do { \
	memset(&msg, 'a', sizeof(msg)); \
	msg.type = msg_type; \
	msg.total = msg.len = 0; \
	__VA_ARGS__; \
	pass(__LINE__, -EBADMSG); \
} while (0)

static void test_types(void **state)
{
	static const enum ut_msg_type bare[] = {
		UT_MSG_DEVLIST, UT_MSG_NEXT, UT_MSG_WATCH, UT_MSG_STATUS,
		UT_MSG_READY, UT_MSG_CLAIM, UT_MSG_PSK, UT_MSG_DENIED,
		UT_MSG_BOUND, UT_MSG_PROVEN, UT_MSG_GRANTED, UT_MSG_COUNT,
		UT_MSG_DEVICE, UT_MSG_IMPORTED, UT_MSG_IMPORT, UT_MSG_AT,
		UT_MSG_OUTCOME, UT_MSG_TRUST, UT_MSG_KEY, UT_MSG_PEER,
		UT_MSG_CONFIRMED, UT_MSG_DNS_SD,
	};
	size_t i;

	TRY(-EBADMSG, .type = UT_MSG_NONE);
	TRY(-EBADMSG, .type = UT_MSG_N_TYPES);
	TRY(-EBADMSG, .type = UINT32_MAX);
	/* Only some carry data. */
	for (i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
		TRY(0, .type = bare[i]);
		TRY(-EBADMSG, .type = bare[i], .total = 1, .len = 1);
		TRY(-EBADMSG, .type = bare[i], .total = 1);
		TRY(-EBADMSG, .type = bare[i], .len = 1);
	}
}

static void test_data(void **state)
{
	static const struct {
		enum ut_msg_type type;
		uint32_t max;
	} rows[] = {
		{ UT_MSG_SIGN, UT_SIGN_TEXT_MAX },
		{ UT_MSG_BLOB, UT_PKI_CRL_MAX },
		{ UT_MSG_BUNDLE, UT_FRAME_BUNDLE_MAX },
	};
	size_t i;

#define DATA(expect, total_, len_) TRY(expect, .type = rows[i].type, \
	.sign = { .version = 0x0303 }, .total = total_, .len = len_)
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		DATA(0, rows[i].max, UT_MSG_DATA);
		DATA(0, 1, 1);
		DATA(-EBADMSG, 0, 0);
		DATA(-EBADMSG, 1, 0);
		DATA(-EBADMSG, 1, 2);
		DATA(-EBADMSG, rows[i].max, UT_MSG_DATA + 1);
		DATA(-EBADMSG, rows[i].max + 1, UT_MSG_DATA);
		DATA(-EBADMSG, UINT32_MAX, UT_MSG_DATA);
		DATA(-EBADMSG, UINT32_MAX, UINT32_MAX);
	}
	TRY(-EBADMSG, .type = UT_MSG_SIGN, .total = 1, .len = 1,
	    .sign = { .version = 0x0302 });
	TRY(-EBADMSG, .type = UT_MSG_SIGN, .total = 1, .len = 1,
	    .sign = { .version = 0x0305 });
	TRY(0, .type = UT_MSG_SIGNATURE);
	TRY(0, .type = UT_MSG_SIGNATURE, .total = UT_SIGNATURE_MAX,
	    .len = UT_SIGNATURE_MAX);
	TRY(-EBADMSG, .type = UT_MSG_SIGNATURE, .total = UT_SIGNATURE_MAX + 1,
	    .len = UT_SIGNATURE_MAX + 1);
	TRY(-EBADMSG, .type = UT_MSG_SIGNATURE, .total = 2, .len = 1);
}

static void test_values(void **state)
{
	TRY(0, .type = UT_MSG_COUNT, .value = UT_OP_MAX_DEVICES);
	TRY(-EBADMSG, .type = UT_MSG_COUNT, .value = UT_OP_MAX_DEVICES + 1);
	TRY(-EBADMSG, .type = UT_MSG_REFUSED, .value = 0);
	TRY(0, .type = UT_MSG_REFUSED, .value = UT_REFUSAL_TAKEN);
	TRY(-EBADMSG, .type = UT_MSG_REFUSED, .value = UT_REFUSAL_END);
	TRY(0, .type = UT_MSG_CONFIRMED, .value = 1);
	TRY(-EBADMSG, .type = UT_MSG_CONFIRMED, .value = 2);
	TRY(0, .type = UT_MSG_TRUST, .trust = { .renew = 1 });
	TRY(-EBADMSG, .type = UT_MSG_TRUST, .trust = { .renew = 2 });
}

static void test_peers(void **state)
{
	FULL(UT_MSG_PEER);
	FULL(UT_MSG_AT);
#define AUTH(expect, ...) TRY(expect, .type = UT_MSG_AUTH, \
			      .auth = { __VA_ARGS__ })
	AUTH(0, .version = 0x0304);
	AUTH(0, .version = 0x0303, .name = "blue", .serial = "4a01");
	AUTH(-EBADMSG, .version = 0x0302);
	AUTH(-EBADMSG, .version = 0x0305);
	AUTH(-EBADMSG, .version = 0x0304, .name = "blue");
	AUTH(-EBADMSG, .version = 0x0304, .serial = "4a01");
	AUTH(-EBADMSG, .version = 0x0304, .name = "blue", .serial = "4A01");
	FULL(UT_MSG_AUTH, msg.auth.version = 0x0304);
	FULL(UT_MSG_AUTH, msg.auth.version = 0x0304, msg.auth.name[3] = 0);
	FULL(UT_MSG_AUTH, msg.auth.version = 0x0304, msg.auth.serial[3] = 0);
	TRY(-EBADMSG, .type = UT_MSG_OUTCOME,
	    .outcome = { .reason = UT_TLS_N_REASONS });
	FULL(UT_MSG_OUTCOME, msg.outcome.reason = UT_TLS_OK);
	FULL(UT_MSG_OUTCOME, msg.outcome.reason = UT_TLS_OK,
	     msg.outcome.name[3] = 0);
	FULL(UT_MSG_OUTCOME, msg.outcome.reason = UT_TLS_OK,
	     msg.outcome.serial[3] = 0);
#define ERROR(expect, errno_, ...) TRY(expect, .type = UT_MSG_ERROR, \
	.error = { .error = errno_, .err = { __VA_ARGS__ } })
	ERROR(0, EIO, .code = UT_EXIT_FAILURE, .msg = "no", .hint = "none");
	ERROR(0, 4095, .code = UT_EXIT_PROTOCOL);
	ERROR(-EBADMSG, 0, .code = UT_EXIT_FAILURE);
	ERROR(-EBADMSG, -EIO, .code = UT_EXIT_FAILURE);
	ERROR(-EBADMSG, 4096, .code = UT_EXIT_FAILURE);
	ERROR(-EBADMSG, EIO, .code = UT_EXIT_OK);
	ERROR(-EBADMSG, EIO, .code = UT_EXIT_PROTOCOL + 1);
	FULL(UT_MSG_ERROR, msg.error.error = EIO,
	     msg.error.err.code = UT_EXIT_FAILURE, msg.error.err.msg[3] = 0);
	FULL(UT_MSG_ERROR, msg.error.error = EIO,
	     msg.error.err.code = UT_EXIT_FAILURE, msg.error.err.hint[3] = 0);
}

/* The field that has no end in a device that is otherwise good. */
static void long_text(enum ut_msg_type type, struct ut_op_device *dev)
{
	struct { char *text; size_t size; } const texts[] = {
		{ dev->path, sizeof(dev->path) },
		{ dev->busid, sizeof(dev->busid) },
		{ dev->manufacturer, sizeof(dev->manufacturer) },
		{ dev->product, sizeof(dev->product) },
		{ dev->serial, sizeof(dev->serial) },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ut_msg_init(&msg, type);
		if (type == UT_MSG_EVENT)
			msg.event.kind = UT_WATCH_DEVICE;
		memset(texts[i].text, 'a', texts[i].size);
		pass(__LINE__, -EBADMSG);
	}
	ut_msg_init(&msg, type);
	if (type == UT_MSG_EVENT)
		msg.event.kind = UT_WATCH_DEVICE;
	dev->nif = sizeof(dev->interfaces) / sizeof(dev->interfaces[0]);
	pass(__LINE__, 0);
	dev->nif++;
	pass(__LINE__, -EBADMSG);
}

static void test_devices(void **state)
{
	long_text(UT_MSG_DEVICE, &msg.device);
	long_text(UT_MSG_IMPORTED, &msg.device);
	long_text(UT_MSG_EVENT, &msg.event.dev);
	FULL(UT_MSG_IMPORT);
	TRY(0, .type = UT_MSG_EVENT, .event = { .kind = UT_WATCH_CRL,
	    .state = UT_WATCH_YOURS });
	TRY(-EBADMSG, .type = UT_MSG_EVENT,
	    .event = { .kind = UT_WATCH_DEVICE - 1 });
	TRY(-EBADMSG, .type = UT_MSG_EVENT,
	    .event = { .kind = UT_WATCH_CRL + 1 });
	TRY(-EBADMSG, .type = UT_MSG_EVENT, .event = { .kind = UT_WATCH_DEVICE,
	    .state = UT_WATCH_YOURS + 1 });
}

static void test_first_messages(void **state)
{
	static const uint32_t known[UT_START_END] = {
		[UT_START_DOCK] = UT_START_PLAIN,
		[UT_START_TABLET] = UT_START_DIAL | UT_START_EXPECT |
				    UT_START_REPLACE,
	};
	struct ut_msg_addresses *a = &msg.addresses;
	uint32_t kind, flag;

#define START(...) do { \
	ut_msg_init(&msg, UT_MSG_START); \
	msg.start.kind = UT_START_DOCK; \
	__VA_ARGS__; \
} while (0)
	START(pass(__LINE__, 0));
	START(msg.start.kind = 0; pass(__LINE__, -EBADMSG));
	START(msg.start.kind = UT_START_END; pass(__LINE__, -EBADMSG));
	START(memset(msg.start.host, 'a', sizeof(msg.start.host));
	      pass(__LINE__, -EBADMSG));
	START(memset(msg.start.expect, 'a', sizeof(msg.start.expect));
	      pass(__LINE__, -EBADMSG));
	START(memset(msg.start.busid, 'a', sizeof(msg.start.busid));
	      pass(__LINE__, -EBADMSG));
	for (kind = UT_START_DOCK; kind < UT_START_END; kind++)
		for (flag = 1; flag <= 16; flag <<= 1)
			START(msg.start.kind = kind; msg.start.flags = flag;
			      pass(__LINE__, flag & known[kind] ?
				   0 : -EBADMSG));
	START(msg.start.op = UT_START_LIST + 1; pass(__LINE__, -EBADMSG));
	START(msg.start.kind = UT_START_TABLET;
	      msg.start.op = UT_START_OPS_END - 1; pass(__LINE__, 0));
	START(msg.start.kind = UT_START_TABLET;
	      msg.start.op = UT_START_OPS_END; pass(__LINE__, -EBADMSG));
	START(msg.start.csr.len = UT_CSR_MAX + 1; pass(__LINE__, -EBADMSG));
	FULL(UT_MSG_KEY, msg.key.key[3] = 0, msg.key.key_password_file[3] = 0);
	FULL(UT_MSG_KEY, msg.key.cert[3] = 0, msg.key.key_password_file[3] = 0);
	FULL(UT_MSG_KEY, msg.key.cert[3] = 0, msg.key.key[3] = 0);
	FULL(UT_MSG_DNS_SD);
	ut_msg_init(&msg, UT_MSG_ADDRESSES);
	pass(__LINE__, -EBADMSG);
	for (; a->n < UT_MSG_ADDRESSES_MAX; a->n++)
		a->v[a->n].sa.sa_family = a->n % 2 ? AF_INET : AF_INET6;
	pass(__LINE__, 0);
	a->v[a->n - 1].sa.sa_family = AF_UNIX;
	pass(__LINE__, -EBADMSG);
	a->n--;
	pass(__LINE__, 0);
	a->n = UT_MSG_ADDRESSES_MAX + 1;
	pass(__LINE__, -EBADMSG);
}

static void test_enrolment(void **state)
{
#define REQUEST(expect, role_, name_) TRY(expect, .type = UT_MSG_REQUEST, \
	.request = { .role = role_, .name = name_ })
	REQUEST(0, UT_PKI_TABLET, "lea");
	REQUEST(0, UT_PKI_DOCK, "lea");
	REQUEST(-EBADMSG, UT_PKI_CA, "lea");
	REQUEST(-EBADMSG, UT_PKI_TABLET, "../lea");
	REQUEST(-EBADMSG, UT_PKI_TABLET, "");
	FULL(UT_MSG_REQUEST, msg.request.role = UT_PKI_TABLET);
}

static void test_news(void **state)
{
#define NEWS(expect, ...) TRY(expect, .type = UT_MSG_NEWS, \
			      .news = { __VA_ARGS__ })
	NEWS(0, .type = UT_DNS_SD_WAITING);
	NEWS(0, .type = UT_DNS_SD_PUBLISHED, .name = "desk");
	NEWS(0, .type = UT_DNS_SD_FAILED, .error = -1);
	NEWS(0, .type = UT_DNS_SD_FOUND, .where = { .family = AF_INET,
	     .port = 3240, .addr = { 192, 0, 2, 1 } });
	NEWS(-EBADMSG, .type = UT_DNS_SD_FOUND);
	NEWS(-EBADMSG, .type = UT_DNS_SD_LOST);
	NEWS(-EBADMSG, .type = UT_DNS_SD_WAITING - 1);
	NEWS(-EBADMSG, .type = UT_DNS_SD_FAILED + 1);
	FULL(UT_MSG_NEWS, msg.news.type = UT_DNS_SD_WAITING);
}

static void test_sizes(void **state)
{
	static char longer[sizeof(msg) + 1];

	ut_msg_init(&msg, UT_MSG_NEXT);
	assert_int_equal(send(child, &msg, 8, 0), 8);
	assert_int_equal(ut_msg_recv(parent, &got), -EBADMSG);
	assert_int_equal(send(child, &msg, sizeof(msg) - 1, 0),
			 sizeof(msg) - 1);
	assert_int_equal(ut_msg_recv(parent, &got), -EBADMSG);
	memcpy(longer, &msg, sizeof(msg));
	assert_int_equal(send(child, longer, sizeof(longer), 0),
			 sizeof(longer));
	assert_int_equal(ut_msg_recv(parent, &got), -EBADMSG);
	assert_int_equal(ut_msg_recv(parent, &got), -EAGAIN);
	assert_int_equal(ut_msg_wait(parent, &got, 10), -ETIMEDOUT);
	assert_int_equal(ut_msg_tell(child, UT_MSG_NEXT, 0), 0);
	assert_int_equal(ut_msg_wait(parent, &got, 10000), 0);
	close(child);
	assert_int_equal(ut_msg_recv(parent, &got), -EPIPE);
	assert_int_equal(ut_msg_tell(parent, UT_MSG_NEXT, 0), -EPIPE);
	child = -1;
}

/* --- in pieces --- */

static void fill(struct ut_buf *b, size_t len)
{
	size_t i;

	b->data = malloc(len + 1);
	assert_non_null(b->data);
	b->len = len;
	for (i = 0; i < len; i++)
		b->data[i] = (char)(i * 7 + len);
}

static void same(const struct ut_buf *a, const struct ut_buf *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->data, b->data, a->len);
}

#define LONG_NAME "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static void test_bundle(void **state)
{
	static const struct {
		size_t cert, ca, crl;
		const char *dock;
	} rows[] = {
		{ 600, 500, 300, "desk" }, { 4096, 4096, 4096, "" },
		{ 1, 1, 4097, LONG_NAME }, { 600, 500, UT_PKI_CRL_MAX, "" },
		{ 4096, 4096, UT_PKI_CRL_MAX, LONG_NAME }, { 0, 0, 0, "" },
	};
	struct ut_pki_bundle from, to;
	struct ut_blob out, in;
	char dock[UT_PKI_NAME_SIZE];
	size_t i;
	int ret;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&from, 0, sizeof(from));
		memset(&out, 0, sizeof(out));
		memset(&in, 0, sizeof(in));
		fill(&from.cert, rows[i].cert);
		fill(&from.ca, rows[i].ca);
		fill(&from.crl, rows[i].crl);
		assert_int_equal(ut_frame_bundle(&out.buf, &from, rows[i].dock),
				 0);
		ret = 0;
		while (ut_blob_next(&out, ut_msg_init(&msg, UT_MSG_BUNDLE))) {
			assert_int_equal(ret, 0);
			pass(__LINE__, 0);
			ret = ut_blob_add(&in, &got, UT_FRAME_BUNDLE_MAX);
		}
		assert_int_equal(ret, 1);
		assert_true(ut_frame_unbundle(&in.buf, &to, dock));
		same(&to.cert, &from.cert);
		same(&to.ca, &from.ca);
		same(&to.crl, &from.crl);
		assert_string_equal(dock, rows[i].dock);
		ut_pki_bundle_free(&from);
		ut_blob_free(&out);
		ut_blob_free(&in);
	}
}

/* One part is too long to be sent at all. */
static void test_long_bundle(void **state)
{
	struct ut_pki_bundle b = { .cert = { NULL, 0 } };
	struct ut_buf out;

	fill(&b.cert, UT_PKI_CERT_MAX + 1);
	assert_int_equal(ut_frame_bundle(&out, &b, ""), -EMSGSIZE);
	ut_pki_bundle_free(&b);
	fill(&b.crl, UT_PKI_CRL_MAX + 1);
	assert_int_equal(ut_frame_bundle(&out, &b, ""), -EMSGSIZE);
	ut_pki_bundle_free(&b);
	assert_int_equal(ut_frame_bundle(&out, &b, LONG_NAME "g"), -EMSGSIZE);
}

static bool unbundles(const void *bytes, size_t len)
{
	/* Exactly as long as they are, so that a byte too many is noticed. */
	struct ut_buf all = { malloc(len), len };
	char dock[UT_PKI_NAME_SIZE];
	struct ut_pki_bundle b;
	bool ok;

	assert_non_null(all.data);
	memcpy(all.data, bytes, len);
	ok = ut_frame_unbundle(&all, &b, dock);
	ut_buf_free(&all);
	return ok;
}

static void test_damaged_bundle(void **state)
{
	static const char good[] = "\3\0\0\1c\4\0\0\1a\5\0\0\1l\6\0\0\4desk";
	static const size_t n = sizeof(good) - 1, name = 15;
	static const struct {
		size_t at;
		char byte;
	} bad[] = {
		{ 0, 4 }, { 5, 3 }, { 10, 6 }, { 15, 5 },	/* order */
		{ 3, 2 }, { 8, 0 }, { 1, 1 }, { 18, 5 }, { 18, 3 },
		{ 19, '.' }, { 20, 0 }, { 20, '/' },		/* the name */
	};
	static char bytes[2 * UT_PKI_CERT_MAX];
	size_t i;

	assert_true(unbundles(good, n));
	for (i = 1; i < n; i++)
		assert_false(unbundles(good, i));
	/* The NUL after it is a byte too many. */
	assert_false(unbundles(good, n + 1));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(bytes, good, n);
		bytes[bad[i].at] = bad[i].byte;
		if (unbundles(bytes, n))
			fail_msg("row %zu", i);
	}
	/* A certificate that is too long, with everything else correct. */
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "\3\0\x10\1", 4);
	memcpy(bytes + 4 + UT_PKI_CERT_MAX + 1, good + 5, n - 5);
	assert_false(unbundles(bytes, 4 + UT_PKI_CERT_MAX + 1 + n - 5));
	bytes[3] = 0;
	memcpy(bytes + 4 + UT_PKI_CERT_MAX, good + 5, n - 5);
	assert_true(unbundles(bytes, 4 + UT_PKI_CERT_MAX + n - 5));
	/* A name that is too long. */
	memcpy(bytes, good, name);
	memcpy(bytes + name, "\6\0\0\x40" LONG_NAME "g", 4 + 64);
	assert_false(unbundles(bytes, name + 4 + 64));
	bytes[name + 3] = 0x3f;
	assert_true(unbundles(bytes, name + 4 + 63));
}

static void test_send_all(void **state)
{
	struct ut_blob in = { .at = 0 };
	static uint8_t data[3 * UT_MSG_DATA];
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 13);
	assert_int_equal(ut_msg_send_all(child, ut_msg_init(&msg, UT_MSG_BLOB),
					 data, sizeof(data) - 1,
					 ut_clock_ms() + 10000), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(ut_msg_recv(parent, &got), 0);
		assert_int_equal(ut_blob_add(&in, &got, sizeof(data)), i == 2);
	}
	assert_int_equal(in.buf.len, sizeof(data) - 1);
	assert_memory_equal(in.buf.data, data, sizeof(data) - 1);
	assert_int_equal(in.buf.data[sizeof(data) - 1], '\0');
	assert_int_equal(ut_msg_recv(parent, &got), -EAGAIN);
	ut_blob_free(&in);
	/* Nobody reads: the parent, which does not block, gives up. */
	for (i = 0; i < 4096; i++)
		if (ut_msg_send(parent, ut_msg_init(&msg, UT_MSG_NEXT)))
			break;
	assert_int_equal(ut_msg_send_all(parent, ut_msg_init(&msg, UT_MSG_BLOB),
					 data, sizeof(data),
					 ut_clock_ms() + 50), -ETIMEDOUT);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_types), T(test_data), T(test_values), T(test_peers),
		T(test_devices), T(test_first_messages), T(test_enrolment),
		T(test_news), T(test_sizes), T(test_bundle),
		T(test_long_bundle), T(test_damaged_bundle), T(test_send_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
