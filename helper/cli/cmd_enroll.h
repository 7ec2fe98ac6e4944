/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: the verb enroll. */
#ifndef UT_CLI_CMD_ENROLL_H
#define UT_CLI_CMD_ENROLL_H

#include "cli/cli.h"
#include "enroll/enroll.h"

/**
 * struct ut_cli_enroll - its options
 * @host: the machine that shows the code; NULL: this one does
 * @name: a glob where the code is shown, else a name
 * @dir: NULL: where the configuration says
 * @n_address: how many of @address there are
 * @tls: files of this machine
 * @config: of this machine; NULL with @dir: it has no rules
 * @dock_port: port of the dock itself, from before the verb; 0: the default
 */
struct ut_cli_enroll {
	const char *host;
	const char *from;
	const char *csr;
	const char *name;
	enum ut_pki_role role;
	const char *code_file;
	const char *dir;
	const char *pki;
	const char *password_file;
	const char *address[UT_PKI_MAX_ADDRESSES];
	size_t n_address;
	uint16_t port;
	unsigned int lifetime;
	unsigned int tries;
	bool no_self;
	bool force;
	struct ut_config_tls tls;
	struct ut_config *config;
	uint16_t dock_port;
};

/* The four things it can do; 0 or -errno. */
int ut_cli_enroll_server(const struct ut_cli_enroll *a, struct ut_err *err);
int ut_cli_enroll_client(const struct ut_cli_enroll *a, struct ut_err *err);
int ut_cli_enroll_from(const struct ut_cli_enroll *a, struct ut_err *err);
int ut_cli_enroll_csr(const struct ut_cli_enroll *a, struct ut_err *err);

/* From @file, the terminal without echo, or the first line of standard input. */
int ut_cli_code(struct ut_code *code, const char *file, struct ut_err *err);

#endif /* UT_CLI_CMD_ENROLL_H */
