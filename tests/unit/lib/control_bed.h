/* SPDX-License-Identifier: GPL-2.0 */
/* A control socket in a directory of our own, and clients in the same process. */
#ifndef UT_TEST_CONTROL_BED_H
#define UT_TEST_CONTROL_BED_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_client.h"
#include "control/control_server.h"
#include "lib/scratch.h"
#include "lib/unit.h"

extern char ctl_dir[SCRATCH_SIZE];
extern struct ut_control *ctl;
extern sd_event *ctl_loop;
extern struct ut_err ctl_err;

/* What the answer function returns, and what it was asked. */
extern int ctl_asked, ctl_answer_ret;
extern enum ut_control_request ctl_last_request;
extern size_t ctl_answer_size;

int ctl_answer(void *arg, enum ut_control_request request,
	       struct json_object *reply, struct ut_err *e);

int ctl_setup(void **state);
int ctl_teardown(void **state);

/* One turn of the loop; it does not wait. */
void ctl_turn(void);

void ctl_turns(int n);
struct ut_control_conn ctl_dial(void);
void ctl_say(const struct ut_control_conn *c, const char *text);

/* The line that has already arrived. */
struct json_object *ctl_hear(struct ut_control_conn *c);

void ctl_expect_error(struct ut_control_conn *c, enum ut_exit code,
		      const char *word);

void ctl_expect_ok(struct ut_control_conn *c);
void ctl_expect_closed(struct ut_control_conn *c);
void ctl_request(const struct ut_control_conn *c, const char *name);

#endif /* UT_TEST_CONTROL_BED_H */
