// SPDX-License-Identifier: GPL-2.0
/* The program usbip-tls-worker: what it is told to be. */
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cage/program.h"
#include "worker/connect.h"
#include "worker/run.h"
#include "worker/serve.h"

/* The message is there before we are. */
#define START_MS 10000

/* Which of its addresses a name has led to. */
static int tell_at(int fd)
{
	static struct ut_msg msg;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	ut_msg_init(&msg, UT_MSG_AT);
	if (getpeername(fd, (struct sockaddr *)&ss, &len))
		return -errno;
	if (getnameinfo((struct sockaddr *)&ss, len, msg.at, sizeof(msg.at),
			NULL, 0, NI_NUMERICHOST))
		return -EADDRNOTAVAIL;
	return ut_msg_send(UT_FD_CHANNEL, &msg);
}

/* The parent must not wait for it. Not in the cage, where there is no socket(2). */
static int dial(const struct ut_job *job)
{
	static struct ut_msg msg;
	int fd;

	ut_msg_init(&msg, UT_MSG_ERROR);
	fd = ut_connect(job->host, job->port, job->sandbox, job->deadline,
			&msg.error.err);
	if (fd < 0) {
		msg.error.error = -fd;
		ut_msg_send(UT_FD_CHANNEL, &msg);
		return fd;
	}
	if (tell_at(fd))
		return -EPIPE;
	if (fd == UT_FD_PEER)
		return 0;
	if (dup2(fd, UT_FD_PEER) < 0)
		return -errno;
	close(fd);
	return 0;
}

/* @s stays as long as the job. */
static void job_of(struct ut_job *job, const struct ut_msg_start *s)
{
	const uint32_t f = s->flags;

	*job = (struct ut_job){
		.peer = UT_FD_PEER,
		.host = s->host,
		.port = s->port,
		.deadline = s->deadline,
		.expect = f & UT_START_EXPECT ? s->expect : NULL,
		.busid = f & UT_START_IMPORT ? s->busid : NULL,
		.replace = f & UT_START_REPLACE,
		.watch = f & UT_START_WATCH,
		.plain = f & UT_START_PLAIN,
		.fetch = f & UT_START_FETCH,
		.csr = f & UT_START_CSR ? &s->csr : NULL,
	};
}

int ut_serve_job(const struct ut_msg_start *s, const struct ut_sandbox *sandbox)
{
	struct ut_job job;

	job_of(&job, s);
	job.sandbox = sandbox;
	job.creds = ut_creds_unpack(UT_FD_CREDS);
	if (!job.creds)
		return 1;
	if ((s->flags & UT_START_DIAL) && dial(&job))
		return 0;
	return s->kind == UT_START_DOCK ? ut_serve_dock(&job) :
					  ut_serve_tablet(&job);
}

int ut_worker_run(ut_worker_kind *const kinds[UT_START_END])
{
	static struct ut_msg msg;

	ut_program_begin("usbip-tls-worker");
	/* Checked, as every message: it is one of the kinds. */
	if (ut_msg_wait(UT_FD_CHANNEL, &msg, START_MS) ||
	    msg.type != UT_MSG_START || !kinds[msg.start.kind])
		return 1;
	return kinds[msg.start.kind](&msg.start, &msg.start.sandbox);
}
