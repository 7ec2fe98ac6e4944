// SPDX-License-Identifier: GPL-2.0
/* The configuration keys, one row each, and how their values are read. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/keys.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static void *member(const struct ut_key *key, struct ut_config *cfg)
{
	return (char *)cfg + key->offset;
}

static int store(char *dst, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (len >= size)
		return -1;
	memcpy(dst, value, len + 1);
	return 0;
}

static int set_path(const struct ut_key *key, struct ut_config *cfg,
		    const char *value, bool first)
{
	(void)first;
	if (value[0] != '/')
		return -1;
	return store(member(key, cfg), UT_CONFIG_PATH_SIZE, value);
}

static int set_path_or_none(const struct ut_key *key, struct ut_config *cfg,
			    const char *value, bool first)
{
	(void)first;
	if (value[0] && value[0] != '/')
		return -1;
	return store(member(key, cfg), UT_CONFIG_PATH_SIZE, value);
}

static int number(const struct ut_key *key, const char *value,
		  unsigned int *out)
{
	unsigned long v;
	char *end;

	if (value[0] < '0' || value[0] > '9')
		return -1;
	errno = 0;
	v = strtoul(value, &end, 10);
	if (errno || *end || v < key->min || v > key->max)
		return -1;
	*out = (unsigned int)v;
	return 0;
}

static int set_number(const struct ut_key *key, struct ut_config *cfg,
		      const char *value, bool first)
{
	(void)first;
	return number(key, value, member(key, cfg));
}

static int set_port(const struct ut_key *key, struct ut_config *cfg,
		    const char *value, bool first)
{
	unsigned int v;

	(void)first;
	if (number(key, value, &v))
		return -1;
	cfg->dock.port = (uint16_t)v;
	return 0;
}

static int set_min_version(const struct ut_key *key, struct ut_config *cfg,
			   const char *value, bool first)
{
	(void)key;
	(void)first;
	if (!strcmp(value, "1.3"))
		cfg->tls.min_version = 0x0304;
	else if (!strcmp(value, "1.2"))
		cfg->tls.min_version = 0x0303;
	else
		return -1;
	return 0;
}

static int set_client_cert(const struct ut_key *key, struct ut_config *cfg,
			   const char *value, bool first)
{
	(void)key;
	(void)first;
	if (!strcmp(value, "require"))
		cfg->tls.client_certificate = UT_CLIENT_CERT_REQUIRE;
	else if (!strcmp(value, "optional"))
		cfg->tls.client_certificate = UT_CLIENT_CERT_OPTIONAL;
	else
		return -1;
	return 0;
}

static int set_listen(const struct ut_key *key, struct ut_config *cfg,
		      const char *value, bool first)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST,
	};
	struct addrinfo *ai;
	struct in_addr in;

	(void)key;
	if (first)
		cfg->dock.n_listen = 0;
	if (cfg->dock.n_listen == UT_CONFIG_MAX_LISTEN)
		return -1;
	/* getaddrinfo() knows scopes (fe80::1%eth0), but also takes "1". */
	if (!strchr(value, ':') && inet_pton(AF_INET, value, &in) != 1)
		return -1;
	if (getaddrinfo(value, NULL, &hints, &ai))
		return -1;
	freeaddrinfo(ai);
	if (store(cfg->dock.listen[cfg->dock.n_listen],
		  sizeof(cfg->dock.listen[0]), value))
		return -1;
	cfg->dock.n_listen++;
	return 0;
}

static int set_allow(const struct ut_key *key, struct ut_config *cfg,
		     const char *value, bool first)
{
	(void)key;
	if (first)
		cfg->dock.n_allow = 0;
	if (!value[0] || cfg->dock.n_allow == UT_CONFIG_MAX_ALLOW)
		return -1;
	if (store(cfg->dock.allow_tablets[cfg->dock.n_allow],
		  UT_CONFIG_NAME_SIZE, value))
		return -1;
	cfg->dock.n_allow++;
	return 0;
}

static int set_expect(const struct ut_key *key, struct ut_config *cfg,
		      const char *value, bool first)
{
	struct ut_expect *e;
	size_t host = strcspn(value, " \t");
	const char *name = value + host + strspn(value + host, " \t");

	(void)key;
	if (first)
		cfg->tablet.n_expect = 0;
	if (cfg->tablet.n_expect == UT_CONFIG_MAX_EXPECT)
		return -1;
	if (!host || !name[0] || strpbrk(name, " \t"))
		return -1;
	e = &cfg->tablet.expect[cfg->tablet.n_expect];
	if (host >= sizeof(e->host) ||
	    store(e->name, sizeof(e->name), name))
		return -1;
	memcpy(e->host, value, host);
	e->host[host] = '\0';
	cfg->tablet.n_expect++;
	return 0;
}

#define TLS(key)	offsetof(struct ut_config, tls.key)
#define DOCK(key)	offsetof(struct ut_config, dock.key)
#define TABLET(key)	offsetof(struct ut_config, tablet.key)
#define A_PATH		"an absolute path"
#define A_PATH_OR_NONE	"an absolute path or nothing"

const struct ut_key ut_keys[] = {
	{ "tls", "ca", A_PATH, false, TLS(ca), 0, 0, set_path },
	{ "tls", "cert", A_PATH, false, TLS(cert), 0, 0, set_path },
	{ "tls", "key", A_PATH, false, TLS(key), 0, 0, set_path },
	{ "tls", "key_password_file", A_PATH_OR_NONE, false,
	  TLS(key_password_file), 0, 0, set_path_or_none },
	{ "tls", "crl", A_PATH_OR_NONE, false, TLS(crl), 0, 0,
	  set_path_or_none },
	{ "tls", "min_version", "1.3 or 1.2", false, 0, 0, 0,
	  set_min_version },
	{ "tls", "client_certificate", "require or optional", false, 0, 0, 0,
	  set_client_cert },
	{ "dock", "listen",
	  "a numeric IPv4 or IPv6 address without port, up to 16 of them", true,
	  0, 0, 0, set_listen },
	{ "dock", "port", "a number from 1 to 65535", false, 0, 1, 65535,
	  set_port },
	{ "dock", "max_connections", "a number from 1 to 1024", false,
	  DOCK(max_connections), 1, 1024, set_number },
	{ "dock", "max_per_address", "a number from 1 to 1024", false,
	  DOCK(max_per_address), 1, 1024, set_number },
	{ "dock", "handshake_timeout", "a number of seconds from 1 to 60",
	  false, DOCK(handshake_timeout), 1, 60, set_number },
	{ "dock", "allow_tablets",
	  "a certificate name or glob, up to 64 of them", true, 0, 0, 0,
	  set_allow },
	{ "tablet", "expect", "HOST NAME, up to 64 of them", true, 0, 0, 0,
	  set_expect },
	{ "tablet", "connect_timeout", "a number of seconds from 1 to 60",
	  false, TABLET(connect_timeout), 1, 60, set_number },
};

const size_t ut_n_keys = ARRAY_SIZE(ut_keys);

_Static_assert(ARRAY_SIZE(ut_keys) <= UT_KEYS_MAX, "UT_KEYS_MAX is too small");
