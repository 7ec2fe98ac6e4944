/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dock in its own process on the loopback, with certificates for every kind of
 * trouble, a device that it shares, and everything needed to connect to it by hand.
 * Only the kernel is missing: no kernel TLS, no session table.
 */
#ifndef UT_TEST_DOCK_BED_H
#define UT_TEST_DOCK_BED_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/dock_query.h"
#include "dock/dock.h"
#include "lib/fake_machine.h"
#include "lib/fake_sysfs.h"
#include "lib/loopback.h"
#include "lib/mock_nl.h"
#include "lib/unit.h"
#include "pki/pki.h"
#include "tablet/client.h"

struct dock_bed {
	char top[SCRATCH_SIZE];	/* top/NAME/{ca,cert,key,crl}.pem */
	char log[128];
	struct ut_config dock;
	struct ut_config tablet;
	struct ut_sandbox sandbox;
	pid_t pid;
	int stop;		/* closing it ends the dock */
};

extern struct dock_bed fx;

/* --- certificates --- */

void fx_issue(const char *ca, enum ut_pki_role role, const char *name,
	      const char *as, time_t start, unsigned int days);

void fx_ca(const char *ca);
void fx_revoke(const char *ca, const char *name);
void fx_tls(struct ut_config_tls *tls, const char *own);

/* Adds lines of a configuration file to what is configured. */
void fx_config(struct ut_config *config, const char *text);

/* --- the dock --- */

const char *fx_log(void);
void fx_dock_start(void);

/* Waits until the dock has logged this. */
void fx_expect_log(const char *part);

void fx_dock_stop(void);
void fx_crl(void);

/* --- all of it --- */

int fx_group_setup(void **state);
int fx_group_teardown(void **state);

/* Before each test: configurations for the good case; no dock runs yet. */
int fx_setup(void **state);

int fx_teardown(void **state);

int fx_list(const char *host, struct ut_op_device **devs, size_t *n,
	    struct ut_err *err);

/* Imports this device, with the result of ut_client_wait(); ut_client_close() it. */
int fx_import(struct ut_client *c, const char *busid, struct ut_err *err);

/* A certificate for @csr, or the list if that is NULL. The caller frees *der. */
int fx_fetch(const struct ut_csr *csr, struct ut_buf *der, struct ut_err *err);

/* The tablet must be told @code and @msg, and the dock must log @log. */
void fx_refused(const char *host, enum ut_exit code, const char *msg,
		const char *log);

/* The dock's address, which is also in its certificate. */
extern const char fx_home[];

void fx_share_stick(void);

/* Connects to the dock; reads from it end after a time limit. */
int fx_dial(void);

/* A listener where the tablet looks for the dock. */
int fx_listen(void);

/* Everything until the end of the connection, which must come in time. */
size_t fx_read_all(int fd, uint8_t *buf, size_t size);

/* A tablet with a good certificate sees this many devices. */
void fx_tablet_lists(size_t want);

#endif /* UT_TEST_DOCK_BED_H */
