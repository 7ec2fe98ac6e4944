// SPDX-License-Identifier: GPL-2.0
/* Workers, seen from their parents: see parent.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"
#include "worker/parent.h"

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

	/* If this fails, the worker ends some day, and the tablet reconnects. */
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

/* "crashed with signal 11"; returns @buf. */
static const char *death(int sig, char *buf, size_t size)
{
	if (sig == SIGSYS)
		snprintf(buf, size, "made a system call that its sandbox forbids, and was ended; please report this");
	else
		snprintf(buf, size, "crashed with signal %d", sig);
	return buf;
}

int ut_worker_err(int error, int sig, struct ut_err *err)
{
	char text[128];

	if (sig)
		return ut_err_set(err, UT_EXIT_FAILURE,
				  sig == SIGSYS ? EPERM : EFAULT,
				  "the worker %s",
				  death(sig, text, sizeof(text)));
	return ut_err_errno(err, error == -ETIMEDOUT ? UT_EXIT_TIMEOUT :
			    UT_EXIT_FAILURE, error, "the worker failed");
}

/* What the state is after @msg. */
static int turn(const struct ut_turn *turns, unsigned int state,
		const struct ut_msg *msg)
{
	while (turns->type &&
	       (turns->type != msg->type || !(turns->from & UT_IN(state))))
		turns++;
	if (!turns->type)
		return -EPROTO;
	return turns->to == UT_SAME ? (int)state : turns->to;
}

int ut_worker_read(const struct ut_child *w, const struct ut_turn *turns,
		   unsigned int state, struct ut_msg *msg)
{
	int ret = ut_msg_recv(w->fd, msg);

	return ret ? ret : turn(turns, state, msg);
}

int ut_worker_wait(const struct ut_child *w, const struct ut_turn *turns,
		   unsigned int state, int64_t deadline, struct ut_msg *msg)
{
	int ret = ut_msg_wait(w->fd, msg, ut_clock_left(deadline));

	return ret ? ret : turn(turns, state, msg);
}

int ut_worker_sign(const struct ut_child *w, struct ut_creds *creds,
		   struct ut_blob *text, const struct ut_msg *msg, size_t max,
		   const char *peer)
{
	static struct ut_ratelimit slow;
	static struct ut_msg reply;
	int ret = ut_blob_add(text, msg, max);

	if (ret <= 0)
		return ret;
	ret = ut_signer_sign(&creds->signer, text, &reply);
	if (ret == -ETIMEDOUT && ut_ratelimit(&slow, 1))
		ut_log_warn("%s: the process with the private key takes too long, the handshake fails",
			    peer);
	ut_blob_free(text);
	ret = ut_msg_send(w->fd, &reply);
	return ret ? ret : 1;
}

/* --- workers of strangers --- */

void ut_stranger_end(struct ut_child *w, const char *peer)
{
	const struct ut_log_about about = {
		.address = peer, .reason = "signal",
	};
	int sig = ut_worker_end(w, peer);
	char how[128];

	/* Ctrl-C on a terminal reaches the workers, too. */
	if (sig && sig != SIGINT && sig != SIGTERM && sig != SIGHUP)
		ut_log_event(UT_LOG_ERR, UT_LOG_WORKER_DIED, &about,
			     "%s: the worker %s", peer,
			     death(sig, how, sizeof(how)));
}

bool ut_stranger_misbehaves(const char *peer, const char *what)
{
	const struct ut_log_about about = {
		.address = peer, .reason = what,
	};

	ut_log_event(UT_LOG_ERR, UT_LOG_WORKER_DIED, &about,
		     "%s: its worker %s, and was ended", peer, what);
	return true;
}

bool ut_stranger_told(const char *peer, int error)
{
	if (!error || error == -EPIPE || error == -ECONNRESET)
		return error;
	return ut_stranger_misbehaves(peer, "does not read its answers");
}

bool ut_stranger_mute(struct ut_child *w, const char *peer, int error,
		      uint32_t type, unsigned int state)
{
	char what[64];

	if (error == -EAGAIN)
		return false;
	if (error == -EPIPE) {
		w->mute = true;
		return true;
	}
	if (error == -EPROTO)
		snprintf(what, sizeof(what), "sent message %u in state %u",
			 type, state);
	else
		snprintf(what, sizeof(what), "sent a malformed message");
	return ut_stranger_misbehaves(peer, what);
}
