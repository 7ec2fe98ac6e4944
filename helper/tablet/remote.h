/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The devices of one dock as the tablet sees them, and what is to be done about
 * each. Pure code: it is told what happened and says what to do.
 */
#ifndef UT_TABLET_REMOTE_H
#define UT_TABLET_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rate.h"
#include "policy/config.h"
#include "policy/verdict.h"
#include "proto/op_watch.h"

#define UT_REMOTE_WHY_SIZE	512

struct ut_attach;

/**
 * struct ut_remote - one device
 * @op: what the dock says of it
 * @state: who has it, says the dock
 * @stale: not heard of again since the connection came back, or no more
 * @unlisted: of a dock that is polled: not in the list that comes in, or in the
 *	last one
 * @attached: this machine has a session with it
 * @session: its id
 * @port: its vhci port
 * @held: somebody detached it by hand: leave it until it is plugged in again, or
 *	attached by hand
 * @other: its last session ended because the device was not the one that the dock
 *	announced; likewise
 * @backoff: after failed attaches
 * @error: of the last one
 * @job: the attach that runs; NULL: none
 */
struct ut_remote {
	struct ut_op_device op;
	enum ut_watch_state state;
	bool stale;
	bool unlisted;
	bool attached;
	uint32_t session;
	uint32_t port;
	bool held;
	bool other;
	struct ut_backoff backoff;
	char error[UT_REMOTE_WHY_SIZE];
	struct ut_attach *job;
};

/**
 * struct ut_remotes - those of one dock
 */
struct ut_remotes {
	struct ut_remote *v;
	size_t n;
};

/* By bus id; NULL: not there. */
struct ut_remote *ut_remote_find(struct ut_remotes *r, const char *busid);

/*
 * An event of the dock. 0, -ENOMEM, or -EPROTO: more devices than a dock may have.
 * Pointers to its devices are not valid afterwards. The attach of a device that is
 * gone is given up.
 */
int ut_remote_event(struct ut_remotes *r, const struct ut_watch_event *e);

/* The connection is new: what is not told again until READY is gone. */
void ut_remote_restart(struct ut_remotes *r);

/*
 * A dock that is polled: a list begins, and is complete. What is in it comes as
 * events of the kind DEVICE. A dock lists what is free; so what is attached, being
 * attached, held or another stays, as stale, and everything else that is not in it is
 * gone.
 */
void ut_remote_list_begins(struct ut_remotes *r);
void ut_remote_list_ends(struct ut_remotes *r);

/* How many attaches run. */
size_t ut_remotes_jobs(const struct ut_remotes *r);

/* Gives up all attaches that run. */
void ut_remotes_stop(struct ut_remotes *r);

void ut_remotes_free(struct ut_remotes *r);

/** enum ut_remote_todo - what is to be done about a device, or why nothing */
enum ut_remote_todo {
	UT_REMOTE_ATTACH,	/* attach it now */
	UT_REMOTE_ATTACHED,
	UT_REMOTE_ATTACHING,
	UT_REMOTE_DENIED,	/* by a rule of this tablet, or for want of one */
	UT_REMOTE_HELD,
	UT_REMOTE_OTHER,	/* it is not what the dock says it is */
	UT_REMOTE_USED,		/* by another tablet */
	UT_REMOTE_WAIT,		/* for the next try */
};

/* "attach", "attached", "attaching", "denied", "held", "other-device", "in-use",
 * "waiting" */
const char *ut_remote_todo_name(enum ut_remote_todo todo);

/*
 * @dock: name in its certificate. @v is the verdict of the rules, for the text of
 * DENIED.
 */
enum ut_remote_todo ut_remote_todo(const struct ut_remote *r,
				   const struct ut_config *cfg,
				   const char *dock, int64_t now,
				   struct ut_verdict *v);

/* For a person: why, in one sentence. Returns buf. */
const char *ut_remote_why(const struct ut_remote *r, enum ut_remote_todo todo,
			  const struct ut_verdict *v, int64_t now, char *buf,
			  size_t size);

#endif /* UT_TABLET_REMOTE_H */
