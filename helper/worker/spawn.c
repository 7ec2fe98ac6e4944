// SPDX-License-Identifier: GPL-2.0
/* Starting and ending workers: see spawn.h. */
#include <sys/resource.h>

#include "base/log.h"
#include "worker/spawn.h"

int ut_worker_start(struct ut_child *w, int peer, struct ut_creds *creds,
		    const struct ut_sandbox *sandbox, struct ut_msg *start)
{
	const struct ut_program_fds fds = {
		.peer = peer, .keep = sandbox->dir,
		.creds = creds ? ut_creds_pack(creds) : -1,
	};

	if (creds && fds.creds < 0)
		return fds.creds;
	start->start.sandbox = *sandbox;
	start->start.sandbox.dir = UT_FD_KEEP;
	return ut_program_start(w, UT_PROGRAM_WORKER, &fds, start,
				sizeof(*start));
}

void ut_worker_stays(const struct ut_child *w)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	/* If it cannot be had, the worker ends one day, and the tablet comes again. */
	prlimit(w->pid, RLIMIT_CPU, &none, NULL);
}

static void tell_mute(const char *text, int status)
{
	static struct ut_ratelimit rl;

	if (ut_ratelimit(&rl, 1))
		ut_log_err("%s: the worker ended with status %d before it said how it went; if that goes on, install usbip-tls again, as a whole",
			   text, status);
}

int ut_worker_end(struct ut_child *w, const char *text)
{
	int status, sig = ut_program_end(w, &status);

	if (text && w->mute && status >= 0)
		tell_mute(text, status);
	return sig;
}
