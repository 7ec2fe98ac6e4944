/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slow work in a process of its own, so that the daemon's loop never waits. The process
 * has a copy of everything, reports its result and ends.
 */
#ifndef UT_BASE_TASK_H
#define UT_BASE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/loop.h"

#define UT_TASK_MAX_RESULT	(32 * 1024)

/**
 * struct ut_task - seen from the daemon; zeroed: none
 * @pid: its process; 0: none
 * @fd: it can be read when it has something to tell, or has died
 * @io: ut_task_watch(); NULL: nobody does
 */
struct ut_task {
	pid_t pid;
	int fd;
	sd_event_source *io;
};

/*
 * The work: 0 or more, or -errno and *err, which is never NULL and empty before, as
 * @out is zeroed. *err of one that returns 0 or more is not handed over.
 */
typedef int ut_task_run(const void *arg, void *out, struct ut_err *err);

/*
 * Forks. The process calls @run(@arg) with @size bytes for its result, at most
 * UT_TASK_MAX_RESULT, and hands over what has become of them and what @run has
 * returned. It has no descriptor of its parent's but stdin, stdout and stderr. 0 or
 * -errno.
 */
int ut_task_start(struct ut_task *task, ut_task_run *run, const void *arg,
		  size_t size);

/*
 * Lets the loop call @fn, once it has something to tell. 0, or -errno: then it is
 * killed.
 */
int ut_task_watch(struct ut_task *task, sd_event *loop,
		  sd_event_io_handler_t fn, void *arg);

/* The descriptor that a task of ut_task_wait() was given. */
#define UT_TASK_KEEP	4

/*
 * The same at once: waits for the result, as ut_task_done(). For what works with
 * private keys: this process never has one, so that nothing that it starts can.
 * @keep: a descriptor that the task finds as UT_TASK_KEEP; -1: none. Signals are as
 * in the caller.
 */
int ut_task_wait(ut_task_run *run, const void *arg, void *out, size_t size,
		 int keep, const char *what, struct ut_err *err);

/*
 * When the descriptor is ready: takes the result of @size bytes and waits for the end
 * of the process. Returns what its work has returned, and *err if that is an error.
 * -EPIPE: it has died without a result, *out is zeroed, and *err says "@what has died".
 */
int ut_task_done(struct ut_task *task, void *out, size_t size, const char *what,
		 struct ut_err *err);

/* Kills it. What it has done by then stays done. Harmless if there is none. */
void ut_task_kill(struct ut_task *task);

/*
 * Lets it run without waiting for its end: only for a daemon that is about to end
 * itself, because nobody else would collect the exit status.
 */
void ut_task_leave(struct ut_task *task);

static inline bool ut_task_runs(const struct ut_task *task)
{
	return task->pid > 0;
}

#endif /* UT_BASE_TASK_H */
