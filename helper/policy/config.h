/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration file. An unknown section or key, a key given twice that may
 * be given once, or a bad value is an error that names file and line.
 */
#ifndef UT_POLICY_CONFIG_H
#define UT_POLICY_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#define UT_CONFIG_DIR		"/etc/usbip-tls"
#define UT_CONFIG_PATH		UT_CONFIG_DIR "/usbip-tls.conf"
#define UT_DEFAULT_PORT		3240

#define UT_CONFIG_PATH_SIZE	256
#define UT_CONFIG_NAME_SIZE	256	/* USBIP_TLS_PEER_SIZE */
#define UT_CONFIG_MAX_LISTEN	16
#define UT_CONFIG_MAX_ALLOW	64
#define UT_CONFIG_MAX_EXPECT	64

enum ut_client_cert {
	UT_CLIENT_CERT_REQUIRE,
	UT_CLIENT_CERT_OPTIONAL,
};

/**
 * struct ut_config_tls - [tls], both sides
 * @ca: certificates of the CA, PEM
 * @cert: own certificate, PEM
 * @key: its key, PEM
 * @key_password_file: file with the passphrase of the key; "" for none
 * @crl: revocation list, PEM; "" for none
 * @min_version: 0x0304 or 0x0303
 * @client_certificate: dock: whether a tablet must show a certificate
 */
struct ut_config_tls {
	char ca[UT_CONFIG_PATH_SIZE];
	char cert[UT_CONFIG_PATH_SIZE];
	char key[UT_CONFIG_PATH_SIZE];
	char key_password_file[UT_CONFIG_PATH_SIZE];
	char crl[UT_CONFIG_PATH_SIZE];
	uint16_t min_version;
	enum ut_client_cert client_certificate;
};

/**
 * struct ut_config_dock - [dock]
 * @listen: numeric addresses without brackets or port; all of them by default
 *	("::" and "0.0.0.0")
 * @n_listen: how many
 * @port: TCP port, 1..65535
 * @max_connections: connections in handshake or request at once, 1..1024
 * @max_per_address: of them from one address, 1..1024
 * @handshake_timeout: seconds from accept to a complete request, 1..60
 * @allow_tablets: globs (fnmatch) of certificate names; "*" by default. A
 *	tablet without a certificate has no name: client_certificate rules it
 * @n_allow: how many
 */
struct ut_config_dock {
	char listen[UT_CONFIG_MAX_LISTEN][64];
	unsigned int n_listen;
	uint16_t port;
	unsigned int max_connections;
	unsigned int max_per_address;
	unsigned int handshake_timeout;
	char allow_tablets[UT_CONFIG_MAX_ALLOW][UT_CONFIG_NAME_SIZE];
	unsigned int n_allow;
};

/**
 * struct ut_expect - a dock's name where it is not the host that is dialled
 * @host: host or address as on the command line
 * @name: name its certificate must have
 */
struct ut_expect {
	char host[UT_CONFIG_NAME_SIZE];
	char name[UT_CONFIG_NAME_SIZE];
};

/**
 * struct ut_config_tablet - [tablet]
 * @expect: rules "expect = HOST NAME"
 * @n_expect: how many
 * @connect_timeout: seconds to connect and shake hands, 1..60
 */
struct ut_config_tablet {
	struct ut_expect expect[UT_CONFIG_MAX_EXPECT];
	unsigned int n_expect;
	unsigned int connect_timeout;
};

/* One configuration; large, so keep it off the stack of a deep call chain. */
struct ut_config {
	struct ut_config_tls tls;
	struct ut_config_dock dock;
	struct ut_config_tablet tablet;
};

/* The defaults: all files in UT_CONFIG_DIR, TLS 1.3, certificates required. */
void ut_config_default(struct ut_config *cfg);

/*
 * Defaults, then the file. @path NULL: UT_CONFIG_PATH, which need not exist; a
 * file that was named must. UT_EXIT_CONFIG for anything wrong with its content.
 */
int ut_config_load(struct ut_config *cfg, const char *path,
		   struct ut_err *err);

/* The name that the certificate of this dock must have: a rule, or the host. */
const char *ut_config_expected_name(const struct ut_config *cfg,
				    const char *host);

/* May a tablet with this certificate name use this dock? */
bool ut_config_tablet_allowed(const struct ut_config *cfg, const char *name);

#endif /* UT_POLICY_CONFIG_H */
