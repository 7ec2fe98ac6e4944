/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration: /etc/usbip-tls/usbip-tls.conf, then the drop-ins
 * /etc/usbip-tls/conf.d/NAME.conf in the order of the bytes of their names.
 *
 * A later file replaces single values of an earlier one. Lists add up; an empty
 * value empties the list so far, and the first value of a list takes the place
 * of its default. An unknown section or key, a key given twice in one file that
 * may be given once, or a bad value is an error that names file and line.
 *
 * A line is "[section]", "key = value", a comment or nothing. A comment begins with
 * '#' or ';' at the start of a line, or behind a section or a value with a blank and
 * ';'. Within double quotes ';' is just a character; a backslash there takes the
 * meaning from the character behind it.
 */
#ifndef UT_POLICY_CONFIG_H
#define UT_POLICY_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/usbip_tls.h>

#include "base/err.h"
#include "base/vec.h"
#include "policy/cidr.h"
#include "policy/rules.h"

#define UT_CONFIG_DIR		"/etc/usbip-tls"
#define UT_STATE_DIR		"/var/lib/usbip-tls"
#define UT_CONFIG_FILE		"usbip-tls.conf"
#define UT_CONFIG_DROP_INS	"conf.d"
#define UT_CONFIG_PATH		UT_CONFIG_DIR "/" UT_CONFIG_FILE
#define UT_DEFAULT_PORT		3240
#define UT_CONFIG_SLEEP_WAIT	60

#define UT_CONFIG_PATH_SIZE	256
#define UT_CONFIG_NAME_SIZE	256	/* USBIP_TLS_PEER_SIZE */
#define UT_CONFIG_HOST_NAME_SIZE 64	/* of a beacon, and a label of DNS */
#define UT_CONFIG_MAX_FILES	64	/* drop-ins */
#define UT_CONFIG_MAX_KEYS	64
#define UT_CONFIG_MAX_LISTEN	16
#define UT_CONFIG_MAX_ALLOW	64	/* names, globs, networks in a list */
#define UT_CONFIG_MAX_EXPECT	64
#define UT_CONFIG_MAX_DOCKS	64
#define UT_CONFIG_MAX_COMPLAINTS 100	/* in one file; then it is given up */

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
 * @crl_state: directory that remembers which list was the newest; "" for none
 * @min_version: 0x0304 or 0x0303
 * @cipher: the only one that is used; USBIP_TLS_CIPHER_UNSPEC: any
 * @client_certificate: dock: whether a tablet must show a certificate
 */
struct ut_config_tls {
	char ca[UT_CONFIG_PATH_SIZE];
	char cert[UT_CONFIG_PATH_SIZE];
	char key[UT_CONFIG_PATH_SIZE];
	char key_password_file[UT_CONFIG_PATH_SIZE];
	char crl[UT_CONFIG_PATH_SIZE];
	char crl_state[UT_CONFIG_PATH_SIZE];
	uint16_t min_version;
	enum usbip_tls_cipher cipher;
	enum ut_client_cert client_certificate;
};

/**
 * struct ut_config_dock - [dock]
 * @listen: numeric addresses without brackets or port; all of them by default
 *	("::" and "0.0.0.0")
 * @port: TCP port, 1..65535
 * @max_connections: connections in handshake or request at once, 1..1024
 * @max_per_address: of them from one address, 1..1024
 * @max_rate: new connections a second from one address, 1..1000
 * @handshake_timeout: seconds from accept to a complete request, 1..60
 * @allow_tablets: globs of certificate names; "*" by default. A tablet without
 *	a certificate has no name: client_certificate rules it
 * @auto_bind: the daemon shares what a rule lets any tablet have
 */
struct ut_config_dock {
	struct ut_texts listen;
	uint16_t port;
	unsigned int max_connections;
	unsigned int max_per_address;
	unsigned int max_rate;
	unsigned int handshake_timeout;
	struct ut_texts allow_tablets;
	bool auto_bind;
};

/**
 * struct ut_config_policy - [policy], of a dock
 * @groups: several may have the same name; then they are one
 * @rules: in their order
 */
struct ut_config_policy {
	UT_VEC(struct ut_group) groups;
	struct ut_rules rules;
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
 * struct ut_known_dock - a dock that is found without discovery
 * @host: host or address
 * @port: 0: not given
 * @name: name its certificate must have; "": not given
 * @legacy: it has no control connection (RemoteHub or stock) and is polled
 */
struct ut_known_dock {
	char host[UT_CONFIG_NAME_SIZE];
	uint16_t port;
	char name[UT_CONFIG_NAME_SIZE];
	bool legacy;
};

/**
 * struct ut_priority - how much a dock is wanted
 * @glob: of certificate names of docks
 * @value: 0..1000; higher is better
 */
struct ut_priority {
	char glob[UT_CONFIG_NAME_SIZE];
	unsigned int value;
};

/** enum ut_dock_use - all docks, or only the best of those that are reachable */
enum ut_dock_use {
	UT_DOCK_USE_ALL,
	UT_DOCK_USE_BEST,
};

/**
 * struct ut_config_tablet - [tablet]
 * @expect: rules "expect = HOST NAME"
 * @connect_timeout: seconds to connect and shake hands, 1..60
 * @docks: known without discovery
 * @allow_docks: globs of certificate names of docks; "*" by default
 * @deny_docks: the same; beats @allow_docks
 * @priority: first match wins; no match: 0
 * @use: which of the docks that are reachable and permitted
 * @attach: rules, first match wins; no match: no
 * @pins: rules that give a device a port of vhci-hcd
 * @retry_min: seconds before the second try, 1..60
 * @retry_max: seconds between tries at most, 1..3600, not below @retry_min
 * @sleep_wait: seconds that writing and detaching may take before the machine
 *	sleeps, 10..80: systemd ends its hooks after 90
 */
struct ut_config_tablet {
	UT_VEC(struct ut_expect) expect;
	unsigned int connect_timeout;
	UT_VEC(struct ut_known_dock) docks;
	struct ut_texts allow_docks;
	struct ut_texts deny_docks;
	UT_VEC(struct ut_priority) priority;
	enum ut_dock_use use;
	struct ut_rules attach;
	struct ut_rules pins;
	unsigned int retry_min;
	unsigned int retry_max;
	unsigned int sleep_wait;
};

/**
 * struct ut_config_discovery - [discovery]
 * @dns_sd: announce (dock) and browse (tablet) by DNS-SD
 * @beacon_send: dock: send RemoteHub's beacon
 * @beacon_receive: tablet: listen to it
 * @beacon_port: UDP port of it
 * @name: of this machine in both; "": its host name
 */
struct ut_config_discovery {
	bool dns_sd;
	bool beacon_send;
	bool beacon_receive;
	uint16_t beacon_port;
	char name[UT_CONFIG_HOST_NAME_SIZE];
};

/**
 * struct ut_config_plaintext - [plaintext], of a dock
 * @listen: numeric addresses; none: there is no such listener
 * @port: TCP port
 * @allow: who may connect; none: nobody
 */
struct ut_config_plaintext {
	struct ut_texts listen;
	uint16_t port;
	UT_VEC(struct ut_cidr) allow;
};

/**
 * struct ut_config_enroll - [enroll]
 * @port: TCP port of the listener
 * @code_lifetime: seconds, 60..3600
 * @tries: wrong codes until it ends, 1..10
 * @renew_before: days before the end of a certificate, 1..365
 * @renew: certificates are renewed, as who has the CA and as who needs one
 * @pki: directory of the CA, if this machine has one
 * @pki_password_file: file with the passphrase of the CA's key; "" for none
 */
struct ut_config_enroll {
	uint16_t port;
	unsigned int code_lifetime;
	unsigned int tries;
	unsigned int renew_before;
	bool renew;
	char pki[UT_CONFIG_PATH_SIZE];
	char pki_password_file[UT_CONFIG_PATH_SIZE];
};

/**
 * struct ut_config_metrics - [metrics]
 * @file: for node_exporter's textfile collector; "": none
 * @interval: seconds between two writes, 5..3600
 */
struct ut_config_metrics {
	char file[UT_CONFIG_PATH_SIZE];
	unsigned int interval;
};

/**
 * struct ut_value - one value as it stands in its file
 * @text: the value
 * @where: of it; the file is NULL for a default
 */
struct ut_value {
	char *text;
	struct ut_origin where;
};

/**
 * struct ut_setting - where the values of a key come from
 * @values: one; any number for a list
 * @set: by a file
 * @emptied: of a list whose values a file took away; else the file is NULL
 */
struct ut_setting {
	UT_VEC(struct ut_value) values;
	bool set;
	struct ut_origin emptied;
};

/**
 * struct ut_config - one configuration
 * @files: that were read, in their order
 * @settings: of the keys, in the order of the table of keys
 */
struct ut_config {
	struct ut_config_tls tls;
	struct ut_config_dock dock;
	struct ut_config_policy policy;
	struct ut_config_tablet tablet;
	struct ut_config_discovery discovery;
	struct ut_config_plaintext plaintext;
	struct ut_config_enroll enroll;
	struct ut_config_metrics metrics;
	struct ut_texts files;
	struct ut_setting settings[UT_CONFIG_MAX_KEYS];
};

/*
 * The defaults: all files in UT_CONFIG_DIR, TLS 1.3, certificates required, no
 * device for anybody. What *cfg held is not freed. After an error, which can
 * only be that there is no memory, it is all zero.
 */
int ut_config_default(struct ut_config *cfg);

/*
 * Defaults, then the files. @path NULL: UT_CONFIG_PATH, which need not exist,
 * and the drop-ins. UT_CONFIG_PATH itself: the same, but it must exist. Any
 * other file stands alone, and it must exist. UT_EXIT_CONFIG for anything wrong
 * with the content.
 *
 * On success the caller frees *cfg by ut_config_free(). After an error it is
 * all zero, and the message is about the first thing that is wrong.
 */
int ut_config_load(struct ut_config *cfg, const char *path,
		   struct ut_err *err);

/*
 * Told of each thing that is wrong, in the order of the files. @line 0: the
 * file as a whole.
 */
typedef void ut_config_report(void *arg, const char *file, unsigned int line,
			      const char *text);

/* The same with all that is wrong; @report NULL: only the first, in *err. */
int ut_config_check(struct ut_config *cfg, const char *path,
		    ut_config_report *report, void *arg, struct ut_err *err);

/*
 * Told of valid but probably unintended settings: a listener for nobody or for
 * everybody.
 */
void ut_config_warn(const struct ut_config *cfg, ut_config_report *report,
		    void *arg);

/*
 * Adds @text to a configuration as if it were one file more, called @name.
 * After an error *cfg is freed and all zero.
 */
int ut_config_parse(struct ut_config *cfg, const char *name, const char *text,
		    struct ut_err *err);

/* Frees what it holds, not *cfg itself; all zero then. */
void ut_config_free(struct ut_config *cfg);

/*
 * Reads usbip-tls.conf and conf.d of this directory instead of UT_CONFIG_DIR;
 * for unit tests. @dir must stay valid; NULL sets it back.
 */
void ut_config_dir_set(const char *dir);

/**
 * struct ut_config_entry - an effective value
 * @section: without brackets
 * @key: its key
 * @value: as it is written; NULL: the list is empty
 * @where: it stands; the file is NULL for a default
 */
struct ut_config_entry {
	const char *section;
	const char *key;
	const char *value;
	struct ut_origin where;
};

/* Calls @show for each effective value, section by section. */
void ut_config_each(const struct ut_config *cfg,
		    void (*show)(void *arg, const struct ut_config_entry *e),
		    void *arg);

/*
 * The name that the certificate of this dock must have: by "expect", by "dock",
 * or the host.
 */
const char *ut_config_expected_name(const struct ut_config *cfg,
				    const char *host);

/* May a tablet with this certificate name use this dock? */
bool ut_config_tablet_allowed(const struct ut_config *cfg, const char *name);

#endif /* UT_POLICY_CONFIG_H */
