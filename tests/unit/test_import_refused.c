// SPDX-License-Identifier: GPL-2.0
/* config import: files that are not RemoteHub's, or are malformed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/remotehub.h"
#include "lib/remotehub_files.h"
#include "lib/unit.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct ut_err err;

static int read_text(const char *text, size_t len)
{
	struct ut_remotehub rh = { 0 };
	int ret;

	ut_err_clear(&err);
	ret = ut_remotehub_read(&rh, "x.json", text, len, &err);
	if (ret) {
		assert_int_equal(err.code, UT_EXIT_CONFIG);
		assert_int_equal(strncmp(err.msg, "x.json", 6), 0);
	}
	return ret;
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} rows[] = {
		{ "", "x.json:1: not a JSON object: it is incomplete" },
		{ " \n\t", "is incomplete" },
		{ "{\n\"a\":\n",
		  "x.json:2: not a JSON object: it is incomplete" },
		{ "[]", "something else" },
		{ "3", "not a JSON object" },
		{ "null", "not a JSON object" },
		{ "\"x\"", "something else" },
		{ "{\"config_version\": '1'}", "not a JSON object" },
		{ C "} x", "not a JSON object" },
		{ C ",}", "not a JSON object" },
		{ C "}{}", "not a JSON object" },
		{ "{\"a\":[[[[1]]]]}", "nesting" },
		{ C ", \"x\": \"\xff\"}", "not a JSON object" },
		{ "{}", "\"ca_path\" is missing" },
		{ "{\"config_version\": 1}", "\"ca_path\" is missing" },
		{ "{\"config_version\": 1, \"use_tls\": true}",
		  "\"ca_path\" is missing" },
		{ "{\"config_version\": 1, \"use_tls\": true, \"port\": 1}",
		  "\"cert_path\" is missing" },
		{ "{\"config_version\": 1, \"use_tls\": true, \"cert_path\": \"/c\"}",
		  "\"key_path\" is missing" },
		{ "{\"config_version\": 2, \"use_tls\": false}", "is not 1" },
		{ "{\"config_version\": \"1\", \"use_tls\": false}",
		  "not a whole number" },
		{ "{\"config_version\": 1.5, \"use_tls\": false}",
		  "not a whole number" },
		{ "{\"config_version\": 1, \"use_tls\": 1}",
		  "neither true nor false" },
		{ "{\"config_version\": 1, \"use_tls\": null}",
		  "neither true nor false" },
		{ "{\"Config_Version\": 2, \"use_tls\": false}", "is not 1" },
		{ C ",\n\"Use_TLS\": true}",
		  "x.json:2: \"Use_TLS\" appears twice" },
		{ S ", \"port\": 3240.5}", "not a whole number" },
		{ S ", \"port\": 1e999}", "not a whole number" },
		{ S ", \"port\": 65536.0}", "from 1 to 65535" },
		{ S ", \"PORT\": 0}", "\"PORT\" is not a port" },
		{ S ", \"disable_array\": [1.5]}", "{\"bus\": NUMBER}" },
		{ S ", \"disable_array\": [{\"Bus\": 1}]}",
		  "{\"bus\": NUMBER}" },
		/* The value of a name, a part of an array, and the last of two. */
		{ S ",\n\"server_name\": \"port\",\n"
		    "\"disable_array\": [{\n\"bus\": 1}], \"port\"\t\r\n:\n1,\n"
		    "\"port\": 0}",
		  "x.json:7: \"port\" is not a port" },
		{ S ", \"server_name\": \"\\\"\",\n\"disable_array\": []}",
		  "x.json:1: \"server_name\" holds" },
		{ C ", \"\\u0070ort\": 1}", "x.json: \"port\" does not" },
		{ C ", \"port\": 1}", "does not belong in a client's" },
		{ S ", \"ca_path\": \"/c\"}",
		  "does not belong in a server's" },
		{ S ", \"port\": 0}", "from 1 to 65535" },
		{ S ", \"port\": 65536}", "from 1 to 65535" },
		{ S ", \"port\": -1}", "from 1 to 65535" },
		{ S ", \"port\": 99999999999999999999}", "from 1 to 65535" },
		{ S ", \"port\": \"3240\"}", "not a whole number" },
		{ S ", \"bcast_enabled\": \"yes\"}", "neither true nor false" },
		{ S ", \"server_name\": 3}", "not a string" },
		{ S ", \"server_name\": \"" A64 "\"}", "longer than 63" },
		{ S ", \"server_name\": \"" A64 A64 A64 A64 "\"}", "too long" },
		{ S ", \"server_name\": \"a\\u0000b\"}", "NUL" },
		{ S ", \"server_name\": \"a\\nport = 1\"}", "characters" },
		{ S ", \"server_name\": \"a ; b\"}", "characters" },
		{ S ", \"server_name\": \";\"}", "characters" },
		{ S ", \"server_name\": \"a \"}", "characters" },
		{ S ", \"server_name\": \"5\\\" box\"}", "characters" },
		{ S ", \"key_pass\": [1]}", "not a string" },
		{ S ", \"key_pass\": \"a\\nb\"}", "more than one line" },
		{ S ", \"disable_array\": {}}", "not an array" },
		{ S ", \"disable_array\": [\"1\"]}", "{\"bus\": NUMBER}" },
		{ S ", \"disable_array\": [{}]}", "{\"bus\": NUMBER}" },
		{ S ", \"disable_array\": [{\"port\": 1}]}",
		  "{\"bus\": NUMBER}" },
		{ S ", \"disable_array\": [{\"bus\": 1, \"x\": 2}]}",
		  "{\"bus\": NUMBER}" },
		{ S ", \"disable_array\": [{\"bus\": \"1\"}]}",
		  "{\"bus\": NUMBER}" },
		{ S ", \"disable_array\": [{\"bus\": {\"bus\": 1}}]}",
		  "nesting" },
		{ S ", \"disable_array\": [{\"bus\": []}]}",
		  "{\"bus\": NUMBER}" },
		{ S ", \"disable_array\": [null]}", "{\"bus\": NUMBER}" },
		{ S ", \"disable_array\": [0]}", "a bus" },
		{ S ", \"disable_array\": [65536]}", "a bus" },
		{ "{\"config_version\": 1, \"use_tls\": true, \"ca_path\": \"ca.pem\"}",
		  "\"ca_path\" is a relative path" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!read_text(rows[i].text, strlen(rows[i].text)))
			fail_msg("not refused: %s", rows[i].text);
		if (!strstr(err.msg, rows[i].words))
			fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].text,
				 err.msg, rows[i].words);
		assert_true(err.hint[0]);
	}
	assert_int_equal(read_text(C "}", strlen(C "}")), 0);
	assert_int_equal(read_text(S "}\r\n", strlen(S "}\r\n")), 0);
	/* Bytes after a NUL are not overlooked. */
	assert_int_equal(read_text(C "}\0x", strlen(C "}") + 2), -EINVAL);
}

static void test_limits(void **state)
{
	static char text[2 * UT_RH_MAX_FILE];
	size_t len;
	int i;

	strcpy(text, S ", \"disable_array\": [1");
	for (i = 1; i < UT_RH_MAX_BUSES; i++)
		strcat(text, ",2");
	strcat(text, "]}");
	assert_int_equal(read_text(text, strlen(text)), 0);
	strcpy(text + strlen(text) - 2, ",3]}");
	assert_int_equal(read_text(text, strlen(text)), -EINVAL);
	assert_non_null(strstr(err.msg, "more than 255"));
	memset(text, ' ', sizeof(text));
	text[0] = '{';
	text[UT_RH_MAX_FILE] = '}';
	assert_int_equal(read_text(text, UT_RH_MAX_FILE + 1), -EINVAL);
	assert_non_null(strstr(err.msg, "longer than 65536"));
	/* A passphrase that could not be read back. */
	strcpy(text, S ", \"key_pass\": \"");
	len = strlen(text);
	memset(text + len, 'p', UT_PASSWORD_SIZE - 1);
	strcpy(text + len + UT_PASSWORD_SIZE - 1, "\"}");
	assert_int_equal(read_text(text, strlen(text)), -EINVAL);
	assert_non_null(strstr(err.msg, "too long"));
}

/* Every truncated file is refused. */
static void test_cut_off(void **state)
{
	size_t len;

	for (len = 0; len < strlen(server) - 2; len++)
		assert_int_equal(read_text(server, len), -EINVAL);
	assert_int_equal(read_text(server, strlen(server)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
