// SPDX-License-Identifier: GPL-2.0
/* Netlink: names, attributes turned into sessions, and those of a dump into a table. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/msg.h>

#include "lib/unit.h"
#include "nl/parse.h"

static struct ut_err err;

/* Each value from @first to @last has a name, and no two have the same. */
#define NAMES(what, first, last)					\
do {									\
	unsigned int i, k;						\
									\
	for (i = first; i <= last; i++) {				\
		assert_string_not_equal(ut_##what##_name(i), "unknown"); \
		for (k = first; k < i; k++)				\
			assert_string_not_equal(ut_##what##_name(i),	\
						ut_##what##_name(k));	\
	}								\
} while (0)

static void test_names(void **state)
{
	NAMES(role, USBIP_TLS_ROLE_DOCK, USBIP_TLS_ROLE_TABLET);
	NAMES(state, USBIP_TLS_STATE_NEW, USBIP_TLS_STATE_CLOSED);
	NAMES(reason, 0, USBIP_TLS_REASON_OTHER_DEVICE);
	NAMES(violation, 0, USBIP_TLS_VIOLATION_CHANGED);
	NAMES(cipher, 1, USBIP_TLS_CIPHER_CHACHA20_POLY1305);
}

static void test_unknown_names(void **state)
{
	char text[128];

	assert_string_equal(ut_role_name(0), "unknown");
	assert_string_equal(ut_role_name(200), "unknown");
	assert_string_equal(ut_state_name(77), "unknown");
	assert_string_equal(ut_reason_name(255), "unknown");
	assert_string_equal(ut_violation_name(0xffffffff), "unknown");
	assert_string_equal(ut_cipher_name(9), "unknown");
	assert_string_equal(ut_reason_text(99, 0, text, sizeof(text)),
			    "unknown reason 99");
}

static void test_reason_text(void **state)
{
	char text[200];

	ut_reason_text(USBIP_TLS_REASON_BAD_PDU, USBIP_TLS_VIOLATION_LENGTH,
		       text, sizeof(text));
	assert_non_null(strstr(text, "(length)"));
	assert_string_equal(ut_reason_text(USBIP_TLS_REASON_OTHER_DEVICE,
					   USBIP_TLS_VIOLATION_INTERFACE, text,
					   sizeof(text)),
			    "the device is not the one that the dock announced (interface)");
	assert_string_equal(ut_reason_text(USBIP_TLS_REASON_SILENT, 16, text,
					   sizeof(text)),
			    "the dock did not answer when a request was taken back, for 16 s");
	ut_reason_text(USBIP_TLS_REASON_NETWORK, EHOSTUNREACH, text,
		       sizeof(text));
	assert_non_null(strstr(text, strerror(EHOSTUNREACH)));
	ut_reason_text(USBIP_TLS_REASON_ALERT, 45, text, sizeof(text));
	assert_non_null(strstr(text, "45"));
	/* A buffer that is too small is filled, not overrun. */
	ut_reason_text(USBIP_TLS_REASON_ALERT, 45, text, 8);
	assert_int_equal(strlen(text), 7);
}

static void addr(struct sockaddr_storage *ss, int family, const char *host,
		 uint16_t port)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == AF_INET) {
		in->sin_port = htons(port);
		assert_int_equal(inet_pton(family, host, &in->sin_addr), 1);
	} else {
		in6->sin6_port = htons(port);
		assert_int_equal(inet_pton(family, host, &in6->sin6_addr), 1);
	}
}

static void test_addr_text(void **state)
{
	struct sockaddr_storage ss;
	char text[80];

	addr(&ss, AF_INET, "192.0.2.1", 3240);
	assert_string_equal(ut_addr_text(&ss, text, sizeof(text)),
			    "192.0.2.1:3240");
	addr(&ss, AF_INET6, "2001:db8::1", 3240);
	assert_string_equal(ut_addr_text(&ss, text, sizeof(text)),
			    "[2001:db8::1]:3240");
	addr(&ss, AF_INET6, "::ffff:192.0.2.1", 3240);
	assert_string_equal(ut_addr_text(&ss, text, sizeof(text)),
			    "192.0.2.1:3240");
	memset(&ss, 0, sizeof(ss));
	assert_string_equal(ut_addr_text(&ss, text, sizeof(text)), "");
}

/* Parses the content of msg with the policy, like a reply. */
static int parse(struct nl_msg *msg, struct ut_session *s)
{
	struct nlattr *a[USBIP_TLS_A_MAX + 1];
	int ret;

	ret = nlmsg_parse(nlmsg_hdr(msg), 0, a, USBIP_TLS_A_MAX, ut_nl_policy);
	if (!ret)
		ut_nl_parse_session(a, s);
	nlmsg_free(msg);
	return ret;
}

static struct nl_msg *message(void)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(msg);
	assert_non_null(nlmsg_put(msg, 0, 0, 16, 0, 0));
	return msg;
}

static void test_parse(void **state)
{
	struct nl_msg *msg = message();
	struct sockaddr_storage ss;
	struct ut_session s;
	char text[80];

	addr(&ss, AF_INET, "192.0.2.1", 3240);
	nla_put_u32(msg, USBIP_TLS_A_ID, 7);
	nla_put_u8(msg, USBIP_TLS_A_ROLE, USBIP_TLS_ROLE_TABLET);
	nla_put_u8(msg, USBIP_TLS_A_STATE, USBIP_TLS_STATE_CLOSED);
	nla_put_u8(msg, USBIP_TLS_A_REASON, USBIP_TLS_REASON_BAD_PDU);
	nla_put_u32(msg, USBIP_TLS_A_REASON_DETAIL, USBIP_TLS_VIOLATION_ISO);
	nla_put_u32(msg, USBIP_TLS_A_DEVID, 0x10002);
	nla_put_string(msg, USBIP_TLS_A_BUSID, "1-2");
	nla_put_u32(msg, USBIP_TLS_A_PORT, 3);
	nla_put_string(msg, USBIP_TLS_A_PEER, "dock\n1");
	nla_put(msg, USBIP_TLS_A_PEER_ADDR, sizeof(struct sockaddr_in), &ss);
	nla_put_u16(msg, USBIP_TLS_A_TLS_VERSION, 0x0304);
	nla_put_u8(msg, USBIP_TLS_A_CIPHER, USBIP_TLS_CIPHER_AES_GCM_128);
	nla_put_u64(msg, USBIP_TLS_A_TX_BYTES, 0x123456789aULL);
	nla_put_u64(msg, USBIP_TLS_A_TX_BLOCKS, 1ULL << 33);
	nla_put_u64(msg, USBIP_TLS_A_RX_BLOCKS, 1ULL << 34);
	nla_put_u64(msg, USBIP_TLS_A_BLOCK_LIMIT, USBIP_TLS_GCM_BLOCK_LIMIT);
	nla_put_u32(msg, USBIP_TLS_A_OPEN_URBS, 5);
	assert_int_equal(parse(msg, &s), 0);
	assert_int_equal(s.id, 7);
	assert_int_equal(s.role, USBIP_TLS_ROLE_TABLET);
	assert_int_equal(s.state, USBIP_TLS_STATE_CLOSED);
	assert_int_equal(s.reason, USBIP_TLS_REASON_BAD_PDU);
	assert_int_equal(s.reason_detail, USBIP_TLS_VIOLATION_ISO);
	assert_int_equal(s.devid, 0x10002);
	assert_string_equal(s.busid, "1-2");
	assert_int_equal(s.port, 3);
	assert_string_equal(s.peer, "dock?1");
	assert_string_equal(ut_addr_text(&s.peer_addr, text, sizeof(text)),
			    "192.0.2.1:3240");
	assert_int_equal(s.local_addr.ss_family, AF_UNSPEC);
	assert_int_equal(s.tls_version, 0x0304);
	assert_true(s.tx_bytes == 0x123456789aULL);
	assert_true(s.tx_blocks == 1ULL << 33);
	assert_true(s.rx_blocks == 1ULL << 34);
	assert_true(s.block_limit == USBIP_TLS_GCM_BLOCK_LIMIT);
	assert_int_equal(s.open_urbs, 5);
	assert_true(s.rx_bytes == 0);
}

/* What can be said of a session without TLS, and of an unknown one. */
static void test_plain(void **state)
{
	struct nl_msg *msg = message();
	struct ut_session s;

	nla_put_flag(msg, USBIP_TLS_A_PLAIN);
	nla_put_u16(msg, USBIP_TLS_A_TLS_VERSION, 0);
	nla_put_u8(msg, USBIP_TLS_A_CIPHER, USBIP_TLS_CIPHER_UNSPEC);
	assert_int_equal(parse(msg, &s), 0);
	assert_true(s.plain);
	assert_string_equal(ut_session_version(&s), "none");
	assert_string_equal(ut_session_cipher(&s), "none");
	assert_int_equal(parse(message(), &s), 0);
	assert_false(s.plain);
	assert_string_equal(ut_session_version(&s), "?");
	assert_string_equal(ut_session_cipher(&s), "unknown");
	s.tls_version = 0x0303;
	s.cipher = USBIP_TLS_CIPHER_AES_GCM_256;
	assert_string_equal(ut_session_version(&s), "1.2");
	assert_string_equal(ut_session_cipher(&s), "aes-256-gcm");
}

static void test_parse_empty(void **state)
{
	struct ut_session s, zero;

	memset(&zero, 0, sizeof(zero));
	assert_int_equal(parse(message(), &s), 0);
	assert_memory_equal(&s, &zero, sizeof(s));
}

/* The policy refuses attributes with a wrong size. */
static void test_parse_bad(void **state)
{
	struct nl_msg *msg = message();
	char big[USBIP_TLS_PEER_SIZE + 100];
	struct ut_session s;

	nla_put_u8(msg, USBIP_TLS_A_TX_BYTES, 1);
	assert_true(parse(msg, &s) < 0);
	msg = message();
	nla_put_u16(msg, USBIP_TLS_A_PEER_ADDR, AF_INET);
	assert_true(parse(msg, &s) < 0);
	msg = message();
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	nla_put_string(msg, USBIP_TLS_A_PEER, big);
	assert_true(parse(msg, &s) < 0);
	/* An address longer than any known kind is ignored. */
	msg = message();
	nla_put(msg, USBIP_TLS_A_PEER_ADDR, sizeof(big), big);
	assert_int_equal(parse(msg, &s), 0);
	assert_int_equal(s.peer_addr.ss_family, AF_UNSPEC);
}

/* --- a dump --- */

/* How many more times there is memory for the table. */
static int memory;

void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return memory-- > 0 ? __real_reallocarray(p, n, size) : NULL;
}

/* One session of a dump, as it arrives. */
static void add(struct ut_nl_table *t, uint32_t id)
{
	struct nlattr *a[USBIP_TLS_A_MAX + 1];
	struct nl_msg *msg = message();

	nla_put_u32(msg, USBIP_TLS_A_ID, id);
	assert_int_equal(nlmsg_parse(nlmsg_hdr(msg), 0, a, USBIP_TLS_A_MAX,
				     ut_nl_policy), 0);
	ut_nl_add_session(t, a);
	nlmsg_free(msg);
}

/* The sessions with the ids 1 to @n, and no others. */
static void expect_table(const struct ut_nl_table *t, size_t n, int full)
{
	size_t i;

	assert_int_equal(t->n, n);
	assert_int_equal(t->full, full);
	for (i = 0; i < n; i++)
		assert_int_equal(t->v[i].id, i + 1);
}

static void test_table(void **state)
{
	static const uint32_t sizes[] = {
		0, 1, 40, UT_NL_TABLE_MAX, UT_NL_TABLE_MAX + 1,
	};
	struct ut_nl_table t;
	uint32_t id;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memory = UT_NL_TABLE_MAX;
		memset(&t, 0, sizeof(t));
		for (id = 1; id <= sizes[i]; id++)
			add(&t, id);
		if (sizes[i] > UT_NL_TABLE_MAX)
			expect_table(&t, UT_NL_TABLE_MAX, -EMSGSIZE);
		else
			expect_table(&t, sizes[i], 0);
		free(t.v);
	}
}

/* A table with a gap would be wrong: nothing more is taken. */
static void test_table_no_memory(void **state)
{
	struct ut_nl_table t = { 0 };
	uint32_t id;

	memory = 0;
	add(&t, 1);
	expect_table(&t, 0, -ENOMEM);
	memset(&t, 0, sizeof(t));
	memory = 3;
	for (id = 1; t.full == 0; id++)
		add(&t, id);
	assert_true(t.n > 0);
	memory = 1;
	add(&t, id);
	expect_table(&t, id - 2, -ENOMEM);
	free(t.v);
}

static void test_errors(void **state)
{
	assert_int_equal(ut_nl_error(&err, -ENXIO, "module not loaded", "x"),
			 -ENXIO);
	assert_int_equal(err.code, UT_EXIT_MODULE);
	assert_string_equal(err.msg, "x: module not loaded");
	assert_non_null(strstr(err.hint, "modprobe"));
	assert_int_equal(ut_nl_error(&err, -EPERM, "", "x"), -EPERM);
	assert_int_equal(err.code, UT_EXIT_PERMISSION);
	assert_non_null(strstr(err.hint, "root"));
	assert_int_equal(ut_nl_error(&err, -ENOENT, NULL, "x"), -ENOENT);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	assert_int_equal(ut_nl_error(&err, -EBUSY, NULL, "x"), -EBUSY);
	assert_int_equal(err.code, UT_EXIT_BUSY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_unknown_names),
		cmocka_unit_test(test_reason_text),
		cmocka_unit_test(test_addr_text), cmocka_unit_test(test_parse),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_parse_empty),
		cmocka_unit_test(test_parse_bad),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_no_memory),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
