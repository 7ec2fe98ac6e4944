/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: what it takes to speak to docks, for list, attach and doctor. */
#ifndef UT_CLI_DOCK_QUERY_H
#define UT_CLI_DOCK_QUERY_H

#include "policy/config.h"
#include "tablet/client.h"

/**
 * struct ut_cli_dock - a dock, as the command is told of it
 * @host: name or address
 * @port: TCP port; 0: UT_DEFAULT_PORT
 * @expect: name that its certificate must have; NULL: as the rule for @host in the
 *	configuration says, or @host itself
 */
struct ut_cli_dock {
	const char *host;
	uint16_t port;
	const char *expect;
};

/**
 * struct ut_cli_home - this machine, as it shows itself to docks; loaded once
 * @config: borrowed
 * @sandbox: for workers
 * @creds: with a signer, which may have to be root to read the key
 */
struct ut_cli_home {
	const struct ut_config *config;
	struct ut_sandbox sandbox;
	struct ut_creds *creds;
};

/* 0 or -errno; then there is nothing to close. */
int ut_cli_home_open(struct ut_cli_home *h, const struct ut_config *config,
		     struct ut_err *err);
void ut_cli_home_close(struct ut_cli_home *h);

/* The name that the certificate of @dock must have. */
void ut_cli_dock_name(const struct ut_cli_home *h,
		      const struct ut_cli_dock *dock, char *buf, size_t size);

/*
 * The devices that the dock would give us now; their texts are clean. On success the
 * caller frees *devs; *n may be 0. Errors as of ut_client_read().
 */
int ut_cli_dock_list(const struct ut_cli_home *h,
		     const struct ut_cli_dock *dock,
		     struct ut_op_device **devs, size_t *n,
		     struct ut_err *err);

#endif /* UT_CLI_DOCK_QUERY_H */
