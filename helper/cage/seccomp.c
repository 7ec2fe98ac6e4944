// SPDX-License-Identifier: GPL-2.0
/*
 * System calls of a process in the cage. There is no open, no socket, no
 * clone, no exec among them; memory can be had, but never made executable.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "cage/sandbox.h"

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
	scmp_datum_t level;
	scmp_datum_t name;
} worker_options[] = {
	{ IPPROTO_TCP, TCP_ULP },
	{ SOL_TLS, 1 },		/* TLS_TX */
	{ SOL_TLS, 2 },		/* TLS_RX */
};

/*
 * Modules of the name service are other people's code: what they may need, so long
 * as it leads to nothing but files that Landlock lets be read, and the network.
 */
static const int resolver_calls[] = {
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat),
	SCMP_SYS(stat64), SCMP_SYS(lstat64), SCMP_SYS(fstat64),
	SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx),
	SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(readlinkat),
	SCMP_SYS(getdents), SCMP_SYS(getdents64), SCMP_SYS(lseek),
	SCMP_SYS(_llseek), SCMP_SYS(pread64), SCMP_SYS(readv),
	SCMP_SYS(writev), SCMP_SYS(fcntl), SCMP_SYS(fcntl64),
	SCMP_SYS(ioctl), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
	SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
	SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),
	SCMP_SYS(getsockname), SCMP_SYS(setsockopt), SCMP_SYS(sendmmsg),
	SCMP_SYS(recvmmsg), SCMP_SYS(shutdown), SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt), SCMP_SYS(select), SCMP_SYS(_newselect),
	SCMP_SYS(pselect6), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(rt_sigaction), SCMP_SYS(uname),
	SCMP_SYS(sysinfo), SCMP_SYS(getppid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(getuid32), SCMP_SYS(geteuid32), SCMP_SYS(getgid32),
	SCMP_SYS(getegid32), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq), SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect),
};

static const scmp_datum_t resolver_families[] = {
	AF_UNIX, AF_INET, AF_INET6, AF_NETLINK,
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* @args: of the @n_args arguments that have to be as they say, for each call. */
static int allow(scmp_filter_ctx ctx, const int *calls, size_t n,
		 unsigned int n_args, const struct scmp_arg_cmp *args)
{
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, calls[i],
					     n_args, args);
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

	return allow(ctx, calls, COUNT(calls), 1, &no_exec);
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
					       worker_options[i].level),
				       SCMP_A2(SCMP_CMP_EQ,
					       worker_options[i].name));
		if (ret)
			return ret;
	}
	return 0;
}

/* Only existing files, and not for writing. */
static int allow_open(scmp_filter_ctx ctx)
{
	const scmp_datum_t mask = O_ACCMODE | O_CREAT | O_TRUNC;
	int ret;

	ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
			       SCMP_A2(SCMP_CMP_MASKED_EQ, mask, O_RDONLY));
	if (ret)
		return ret;
	ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
			       SCMP_A1(SCMP_CMP_MASKED_EQ, mask, O_RDONLY));
	return ret == -EDOM ? 0 : ret;
}

static int allow_resolver(scmp_filter_ctx ctx)
{
	int ret = allow(ctx, resolver_calls, COUNT(resolver_calls), 0, NULL);
	size_t i;

	if (!ret)
		ret = allow_open(ctx);
	for (i = 0; !ret && i < COUNT(resolver_families); i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				       SCMP_A0(SCMP_CMP_EQ,
					       resolver_families[i]));
	return ret;
}

int ut_seccomp_enter(enum ut_sandbox_kind kind)
{
	/* A module that tries more gets an error. */
	scmp_filter_ctx ctx = seccomp_init(kind == UT_SANDBOX_RESOLVER ?
					   SCMP_ACT_ERRNO(EPERM) :
					   SCMP_ACT_KILL_PROCESS);
	int ret;

	if (!ctx)
		return -ENOMEM;
	ret = allow(ctx, common_calls, COUNT(common_calls), 0, NULL);
	if (!ret)
		ret = kind == UT_SANDBOX_RESOLVER ? allow_resolver(ctx) :
						    allow_memory(ctx);
	if (!ret && kind == UT_SANDBOX_WORKER)
		ret = allow(ctx, worker_calls, COUNT(worker_calls), 0, NULL);
	if (!ret && kind == UT_SANDBOX_WORKER)
		ret = allow_options(ctx);
	if (!ret)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	return ret;
}
