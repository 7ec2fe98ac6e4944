/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration files of RemoteHub: one JSON object each, of a server or of a
 * client. They come from outside: size, nesting, types and lengths are checked.
 * What RemoteHub does without being told is the default here, and a key that it
 * does not know is passed over with a warning, as it does. Pure.
 */
#ifndef UT_CLI_REMOTEHUB_H
#define UT_CLI_REMOTEHUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"
#include "policy/config.h"

#define UT_RH_MAX_FILE		65536	/* bytes */
#define UT_RH_MAX_DEPTH		4	/* object, array, object, value */
#define UT_RH_MAX_BUSES		(UT_RULE_MAX - 1)	/* and "rule = allow" */

/* RemoteHub's, where a server's file has no server_name. */
#define UT_RH_NAME		"RemoteHub"

/**
 * struct ut_rh_server - a server's file; texts are "" if it has none
 * @file: its name; NULL: there is none
 * @use_tls: TLS, else plaintext
 * @port: 0: not given
 * @bcast: it sends the beacon
 * @pass: of the key; "": none
 * @buses: whose devices are not shared
 */
struct ut_rh_server {
	const char *file;
	bool use_tls;
	uint16_t port;
	bool bcast;
	char name[UT_CONFIG_PATH_SIZE];
	char cert[UT_CONFIG_PATH_SIZE];
	char key[UT_CONFIG_PATH_SIZE];
	char pass[UT_PASSWORD_SIZE];
	unsigned int buses[UT_RH_MAX_BUSES];
	unsigned int n_buses;
};

/** struct ut_rh_client - a client's file, in the same way */
struct ut_rh_client {
	const char *file;
	bool use_tls;
	char ca[UT_CONFIG_PATH_SIZE];
};

/**
 * struct ut_remotehub - all zero at first; wipe it by explicit_bzero() in the end
 * @server: its file
 * @client: its file
 * @warn: told of each key that is passed over, with file and line; may be NULL
 */
struct ut_remotehub {
	struct ut_rh_server server;
	struct ut_rh_client client;
	void (*warn)(const char *text);
};

/*
 * Adds a file; its keys tell what it is of. A second one of a kind is an error.
 * @file is borrowed. 0, or -EINVAL with UT_EXIT_CONFIG. On error @rh may hold a
 * part of the file.
 */
int ut_remotehub_read(struct ut_remotehub *rh, const char *file,
		      const char *text, size_t len, struct ut_err *err);

/*
 * The same as a configuration of ours. @password_file: where the caller puts
 * the passphrase, if there is one. 0: free() *ini; else -errno.
 */
int ut_remotehub_ini(const struct ut_remotehub *rh, const char *password_file,
		     char **ini, struct ut_err *err);

#endif /* UT_CLI_REMOTEHUB_H */
