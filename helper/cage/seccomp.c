// SPDX-License-Identifier: GPL-2.0
/*
 * System calls of a process in the cage. There is no open, no socket, no
 * clone, no exec among them; memory can be had, but never made executable.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "cage/seccomp.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* What all need: their channel, memory, time, randomness, an end. */
static const int common_calls[] = {
	SCMP_SYS(read), SCMP_SYS(write),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recv),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(send),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
	SCMP_SYS(close),
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
	SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(getrusage),
	SCMP_SYS(futex), SCMP_SYS(futex_time64),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
#ifdef __SANITIZE_ADDRESS__
	SCMP_SYS(sigaltstack), SCMP_SYS(readlink), SCMP_SYS(tgkill),
#endif
};

static const int worker_calls[] = {
	SCMP_SYS(shutdown), SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
};

/**
 * struct option - a socket option a worker may set
 */
static const struct option {
	int level;
	int name;
} worker_options[] = {
	{ IPPROTO_TCP, TCP_ULP },
	{ SOL_TLS, 1 },		/* TLS_TX */
	{ SOL_TLS, 2 },		/* TLS_RX */
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int allow(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
		/* Calls that this architecture does not have. */
		if (ret && ret != -EDOM)
			return ret;
	}
	return 0;
}

/* Memory, but none that can be executed. */
static int allow_memory(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp no_exec =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	static const int calls[] = {
		SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect),
	};
	size_t i;
	int ret;

	for (i = 0; i < COUNT(calls); i++) {
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 1,
				       no_exec);
		if (ret && ret != -EDOM)
			return ret;
	}
	return 0;
}

static int allow_options(scmp_filter_ctx ctx)
{
	size_t i;
	int ret;

	for (i = 0; i < COUNT(worker_options); i++) {
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
				       SCMP_SYS(setsockopt), 3,
				       SCMP_A0(SCMP_CMP_EQ, UT_FD_PEER),
				       SCMP_A1(SCMP_CMP_EQ,
					       (scmp_datum_t)worker_options[i].level),
				       SCMP_A2(SCMP_CMP_EQ,
					       (scmp_datum_t)worker_options[i].name));
		if (ret)
			return ret;
	}
	return 0;
}

int ut_seccomp_enter(enum ut_sandbox_kind kind)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int ret;

	if (!ctx)
		return -ENOMEM;
	ret = allow(ctx, common_calls, COUNT(common_calls));
	if (!ret)
		ret = allow_memory(ctx);
	if (!ret && kind == UT_SANDBOX_WORKER)
		ret = allow(ctx, worker_calls, COUNT(worker_calls));
	if (!ret && kind == UT_SANDBOX_WORKER)
		ret = allow_options(ctx);
	if (!ret)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	return ret;
}
