// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration keys, one row each. usbip-tls.conf(5) has the same table.
 */
#include <stdio.h>
#include <string.h>

#include "policy/keys.h"
#include "wire/usbip_names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define AT(member) offsetof(struct ut_config, member)
#define ITEM(list) sizeof(*((struct ut_config *)0)->list.v)

/* A row of a single value, of an enum, of a number, and of a list. */
#define ONE(sec, nam, def, allowed, member, set) \
	{ sec, nam, def, allowed, AT(member), 0, 0, 0, set, NULL, NULL }
#define WORD(sec, nam, def, allowed, member, words) \
	{ sec, nam, def, allowed, AT(member), 0, 0, 0, ut_set_word, NULL, \
	  words }
#define NUM(sec, nam, def, what, lo, hi, member, set) \
	{ sec, nam, def, what " from " #lo " to " #hi, AT(member), lo, hi, 0, \
	  set, NULL, NULL }
#define LIST(sec, nam, def, allowed, most, member, set, drop) \
	{ sec, nam, def, allowed, AT(member), 0, most, ITEM(member), set, \
	  drop, NULL }

/* The place of a word is its value. */
_Static_assert(UT_CLIENT_CERT_REQUIRE == 0 && UT_CLIENT_CERT_OPTIONAL == 1 &&
	       UT_DOCK_USE_ALL == 0 && UT_DOCK_USE_BEST == 1 &&
	       USBIP_TLS_CIPHER_AES_GCM_128 == 1, "words of WORD()");

/* The words of "usbip-tls status". */
#define CIPHER(name, word) word "\0"

#define A_PATH		"an absolute path"
#define A_PATH_OR_NONE	"an absolute path or nothing"
#define YES_NO		"yes or no"
#define AN_ADDRESS	"a numeric IPv4 or IPv6 address without port"
#define A_GLOB		"a certificate name or glob, without blanks"
#define A_PORT		"a number"
#define SECONDS		"a number of seconds"

const struct ut_key ut_keys[] = {
	ONE("tls", "ca", UT_CONFIG_DIR "/ca.pem", A_PATH, tls.ca, ut_set_path),
	ONE("tls", "cert", UT_CONFIG_DIR "/cert.pem", A_PATH, tls.cert,
	    ut_set_path),
	ONE("tls", "key", UT_CONFIG_DIR "/key.pem", A_PATH, tls.key,
	    ut_set_path),
	ONE("tls", "key_password_file", "", A_PATH_OR_NONE,
	    tls.key_password_file, ut_set_path_or_none),
	ONE("tls", "crl", UT_CONFIG_DIR "/crl.pem", A_PATH_OR_NONE, tls.crl,
	    ut_set_path_or_none),
	ONE("tls", "crl_state", UT_STATE_DIR, A_PATH_OR_NONE, tls.crl_state,
	    ut_set_path_or_none),
	ONE("tls", "min_version", "1.3", "1.3 or 1.2", tls.min_version,
	    ut_set_min_version),
	WORD("tls", "cipher", "auto",
	     "auto, aes-128-gcm, aes-256-gcm or chacha20-poly1305", tls.cipher,
	     "auto\0" USBIP_TLS_CIPHERS(CIPHER)),
	WORD("tls", "client_certificate", "require", "require or optional",
	     tls.client_certificate, "require\0optional\0"),

	LIST("dock", "listen", "::\n0.0.0.0", AN_ADDRESS, UT_CONFIG_MAX_LISTEN,
	     dock.listen, ut_set_address, ut_text_drop),
	NUM("dock", "port", "3240", A_PORT, 1, 65535, dock.port, ut_set_port),
	NUM("dock", "max_connections", "64", "a number", 1, 1024,
	    dock.max_connections, ut_set_number),
	NUM("dock", "max_per_address", "8", "a number", 1, 1024,
	    dock.max_per_address, ut_set_number),
	NUM("dock", "max_rate", "20", "a number", 1, 1000, dock.max_rate,
	    ut_set_number),
	NUM("dock", "handshake_timeout", "10", SECONDS, 1, 60,
	    dock.handshake_timeout, ut_set_number),
	LIST("dock", "allow_tablets", "*", A_GLOB, UT_CONFIG_MAX_ALLOW,
	     dock.allow_tablets, ut_set_glob, ut_text_drop),
	ONE("dock", "auto_bind", "yes", YES_NO, dock.auto_bind, ut_set_yes_no),

	LIST("policy", "group", NULL, "NAME GLOB...", UT_GROUP_MAX,
	     policy.groups, ut_set_group, ut_group_drop),
	LIST("policy", "rule", NULL,
	     "allow, deny or hide, perhaps take-over, then KEY=GLOB or KEY!=GLOB",
	     UT_RULE_MAX, policy.rules, ut_set_rule, ut_rule_drop),

	LIST("tablet", "expect", NULL, "HOST NAME", UT_CONFIG_MAX_EXPECT,
	     tablet.expect, ut_set_expect, NULL),
	NUM("tablet", "connect_timeout", "10", SECONDS, 1, 60,
	    tablet.connect_timeout, ut_set_number),
	LIST("tablet", "dock", NULL,
	     "HOST, then perhaps port=N, name=NAME, legacy=yes",
	     UT_CONFIG_MAX_DOCKS, tablet.docks, ut_set_known_dock, NULL),
	LIST("tablet", "allow_docks", "*", A_GLOB, UT_CONFIG_MAX_ALLOW,
	     tablet.allow_docks, ut_set_glob, ut_text_drop),
	LIST("tablet", "deny_docks", NULL, A_GLOB, UT_CONFIG_MAX_ALLOW,
	     tablet.deny_docks, ut_set_glob, ut_text_drop),
	LIST("tablet", "priority", NULL, "GLOB NUMBER, the number from 0 to 1000",
	     UT_CONFIG_MAX_ALLOW, tablet.priority, ut_set_priority, NULL),
	WORD("tablet", "docks", "all", "all or best", tablet.use,
	     "all\0best\0"),
	LIST("tablet", "attach", NULL,
	     "allow or deny, then KEY=GLOB or KEY!=GLOB", UT_RULE_MAX,
	     tablet.attach, ut_set_attach, ut_rule_drop),
	LIST("tablet", "pin", NULL, "PORT, then KEY=GLOB or KEY!=GLOB",
	     UT_PIN_MAX, tablet.pins, ut_set_pin, ut_rule_drop),
	NUM("tablet", "retry_min", "1", SECONDS, 1, 60, tablet.retry_min,
	    ut_set_number),
	NUM("tablet", "retry_max", "30", SECONDS, 1, 3600, tablet.retry_max,
	    ut_set_number),
	NUM("tablet", "sleep_wait", "60", SECONDS, 10, 80, tablet.sleep_wait,
	    ut_set_number),

	ONE("discovery", "dns_sd", "yes", YES_NO, discovery.dns_sd,
	    ut_set_yes_no),
	ONE("discovery", "beacon_send", "no", YES_NO, discovery.beacon_send,
	    ut_set_yes_no),
	ONE("discovery", "beacon_receive", "no", YES_NO,
	    discovery.beacon_receive, ut_set_yes_no),
	NUM("discovery", "beacon_port", "3240", A_PORT, 1, 65535,
	    discovery.beacon_port, ut_set_port),
	ONE("discovery", "name", "",
	    "up to 63 bytes of UTF-8, or nothing for the host name",
	    discovery.name, ut_set_own_name),

	LIST("plaintext", "listen", NULL, AN_ADDRESS, UT_CONFIG_MAX_LISTEN,
	     plaintext.listen, ut_set_address, ut_text_drop),
	NUM("plaintext", "port", "3241", A_PORT, 1, 65535, plaintext.port,
	    ut_set_port),
	LIST("plaintext", "allow", NULL, "ADDRESS or ADDRESS/BITS",
	     UT_CONFIG_MAX_ALLOW, plaintext.allow, ut_set_net, NULL),

	NUM("enroll", "port", "3242", A_PORT, 1, 65535, enroll.port,
	    ut_set_port),
	NUM("enroll", "code_lifetime", "600", SECONDS, 60, 3600,
	    enroll.code_lifetime, ut_set_number),
	NUM("enroll", "tries", "5", "a number", 1, 10, enroll.tries,
	    ut_set_number),
	NUM("enroll", "renew_before", "30", "a number of days", 1, 365,
	    enroll.renew_before, ut_set_number),
	ONE("enroll", "renew", "yes", YES_NO, enroll.renew, ut_set_yes_no),
	ONE("enroll", "pki", UT_CONFIG_DIR "/pki", A_PATH, enroll.pki,
	    ut_set_path),
	ONE("enroll", "pki_password_file", "", A_PATH_OR_NONE,
	    enroll.pki_password_file, ut_set_path_or_none),

	ONE("metrics", "file", "", A_PATH_OR_NONE, metrics.file,
	    ut_set_path_or_none),
	NUM("metrics", "interval", "15", SECONDS, 5, 3600, metrics.interval,
	    ut_set_number),
};

const size_t ut_n_keys = ARRAY_SIZE(ut_keys);

_Static_assert(ARRAY_SIZE(ut_keys) <= UT_CONFIG_MAX_KEYS,
	       "UT_CONFIG_MAX_KEYS is too small");

size_t ut_key_find(const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < ut_n_keys; i++)
		if (!strcmp(ut_keys[i].section, section) &&
		    !strcmp(ut_keys[i].name, name))
			break;
	return i;
}

static void append(char *buf, size_t size, const char *before,
		   const char *word, const char *behind)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s%s%s", len ? ", " : "", before,
		 word, behind);
}

const char *ut_section_list(char *buf, size_t size)
{
	size_t i;

	buf[0] = '\0';
	/* The rows of a section stand together. */
	for (i = 0; i < ut_n_keys; i++)
		if (!i || strcmp(ut_keys[i].section, ut_keys[i - 1].section))
			append(buf, size, "[", ut_keys[i].section, "]");
	return buf;
}

const char *ut_key_list(const char *section, char *buf, size_t size)
{
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < ut_n_keys; i++)
		if (!strcmp(ut_keys[i].section, section))
			append(buf, size, "", ut_keys[i].name, "");
	return buf;
}
