// SPDX-License-Identifier: GPL-2.0
/*
 * The sandbox: what a process in it has lost, seen by its parent in /proc, and what
 * happens to one that tries. Root only: without root the sandbox is nothing but the
 * list of system calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/caged.h"
#include "lib/proc_status.h"
#include "lib/unit.h"

static bool no_landlock;

int __real_ut_landlock_enter(const char *const *readable);
int __wrap_ut_landlock_enter(const char *const *readable);

int __wrap_ut_landlock_enter(const char *const *readable)
{
	return no_landlock ? -EOPNOTSUPP : __real_ut_landlock_enter(readable);
}

static void expect_killed(enum ut_sandbox_kind kind, void (*what)(void),
			  const char *name)
{
	struct caged c = cage_child(kind, NULL, what);
	int status = cage_end(&c);

	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		fail_msg("%s: status %#x", name, status);
}

/* --- what it tries; by syscall(), so that no library gets in between --- */

static void try_open(void)
{
	syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static void try_socket(void)
{
	syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void try_connect(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	syscall(SYS_connect, UT_FD_PEER, &in, sizeof(in));
}

static void try_fork(void)
{
	syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void try_exec(void)
{
	syscall(SYS_execve, "/bin/sh", NULL, NULL);
}

static void try_ptrace(void)
{
	syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void try_kill(void)
{
	syscall(SYS_kill, 1, 0);
}

static void try_become_root(void)
{
	syscall(SYS_setuid, 0);
}

static void try_executable_memory(void)
{
	syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_other_option(void)
{
	int on = 1;

	syscall(SYS_setsockopt, UT_FD_PEER, SOL_SOCKET, SO_REUSEADDR, &on,
		sizeof(on));
}

static void try_option_of_other_socket(void)
{
	syscall(SYS_setsockopt, UT_FD_CHANNEL, IPPROTO_TCP, TCP_ULP, "tls", 4);
}

static void try_ktls(void)
{
	syscall(SYS_setsockopt, UT_FD_PEER, IPPROTO_TCP, TCP_ULP, "tls", 4);
}

static void test_forbidden(void **state)
{
	static const struct {
		void (*what)(void);
		const char *name;
	} rows[] = {
		{ try_open, "open" }, { try_socket, "socket" },
		{ try_connect, "connect" }, { try_fork, "fork" },
		{ try_exec, "exec" }, { try_ptrace, "ptrace" },
		{ try_kill, "kill" }, { try_become_root, "setuid" },
		{ try_executable_memory, "executable memory" },
		{ try_other_option, "another socket option" },
		{ try_option_of_other_socket, "option of another socket" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_killed(UT_SANDBOX_WORKER, rows[i].what, rows[i].name);
		expect_killed(UT_SANDBOX_SIGNER, rows[i].what, rows[i].name);
		expect_killed(UT_SANDBOX_DNS_SD, rows[i].what, rows[i].name);
	}
}

static bool opens(const char *path, int flags)
{
	return syscall(SYS_openat, AT_FDCWD, path, flags, 0600) >= 0;
}

/* Which user root's resolver becomes. */
#define NOBODY	65534

/* A key that a non-root daemon has renewed: its resolver has the same user. */
static char key[sizeof("/etc/ut-sandbox-XXXXXX")];

static void make_key(uid_t owner)
{
	int fd;

	strcpy(key, "/etc/ut-sandbox-XXXXXX");
	fd = mkstemp(key);
	assert_true(fd >= 0);
	assert_int_equal(fchown(fd, owner, owner), 0);
	close(fd);
}

/* 0: it may do what it must, and nothing else. */
static void try_as_resolver(void)
{
	if (!opens("/etc/passwd", O_RDONLY) || !opens("/usr/lib", O_RDONLY) ||
	    socket(AF_INET, SOCK_DGRAM, 0) < 0)
		_exit(10);
	if (opens("/usr/bin/env", O_RDONLY) || opens("/proc/self/maps", O_RDONLY) ||
	    opens("/", O_RDONLY) || opens("/etc/ut-new", O_WRONLY | O_CREAT))
		_exit(11);
	if (access(key, R_OK) || opens(key, O_RDONLY) || opens("/etc", O_RDONLY) ||
	    opens("/run", O_RDONLY))
		_exit(13);
	/* Before Landlock is entered. */
	if (opens(key, O_RDWR) || errno != EPERM ||
	    opens("/etc/passwd", O_RDONLY | O_CREAT) || errno != EPERM ||
	    opens("/etc/passwd", O_RDONLY | O_TRUNC) || errno != EPERM)
		_exit(14);
	try_exec();
	if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0 ||
	    !syscall(SYS_setuid, 0) || !syscall(SYS_kill, 1, 0) ||
	    socket(AF_PACKET, SOCK_RAW, 0) >= 0)
		_exit(12);
}

static void test_resolver(void **state)
{
	struct caged c;
	int status;

	make_key(NOBODY);
	c = cage_child(UT_SANDBOX_RESOLVER, NULL, try_as_resolver);
	proc_expect(c.pid, "NoNewPrivs:", "1\n");
	proc_expect(c.pid, "CapEff:", "0000000000000000\n");
	status = cage_end(&c);
	unlink(key);
	assert_int_equal(status, 0);
}

/* What a process that enters the sandbox says on a kernel without Landlock. */
static int without_landlock(enum ut_sandbox_kind kind)
{
	int status;
	pid_t pid;

	no_landlock = true;
	pid = fork();
	if (!pid)
		_exit(ut_sandbox_fds(-1, -1, cage_sandbox.dir, -1, -1) ? 1 :
		      ut_sandbox_enter(&cage_sandbox, kind) ? 2 :
		      kind == UT_SANDBOX_RESOLVER && opens(key, O_RDONLY) ? 3 :
		      0);
	no_landlock = false;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The resolver keeps the machine's root directory, but no key there is its own. */
static void test_without_landlock(void **state)
{
	assert_int_equal(without_landlock(UT_SANDBOX_WORKER), 0);
	make_key(cage_sandbox.uid == NOBODY ? NOBODY - 1 : cage_sandbox.uid);
	assert_int_equal(without_landlock(UT_SANDBOX_RESOLVER), 0);
	unlink(key);
}

static void test_ktls_is_the_worker_s(void **state)
{
	struct caged c = cage_child(UT_SANDBOX_WORKER, NULL, try_ktls);

	assert_int_equal(cage_end(&c), 0);
	expect_killed(UT_SANDBOX_SIGNER, try_ktls, "kTLS by the signer");
	expect_killed(UT_SANDBOX_DNS_SD, try_ktls, "kTLS by DNS-SD");
}

/* --- what it has --- */

static void test_privileges(void **state)
{
	struct caged c = cage_child(UT_SANDBOX_WORKER, NULL, NULL);
	char path[64], root[256], ids[64];
	ssize_t n;

	proc_expect(c.pid, "CapEff:", "0000000000000000");
	proc_expect(c.pid, "CapPrm:", "0000000000000000");
	proc_expect(c.pid, "NoNewPrivs:", "1");
	proc_expect(c.pid, "Seccomp:", "2");
	proc_expect(c.pid, "Groups:", "");
	snprintf(ids, sizeof(ids), "%u\t%u\t%u\t%u\n", cage_sandbox.uid,
		 cage_sandbox.uid, cage_sandbox.uid, cage_sandbox.uid);
	proc_expect(c.pid, "Uid:", ids);
	assert_int_not_equal(cage_sandbox.uid, 0);
	snprintf(path, sizeof(path), "/proc/%d/root", c.pid);
	n = readlink(path, root, sizeof(root) - 1);
	assert_true(n > 0);
	root[n] = '\0';
	assert_non_null(strstr(root, "(deleted)"));
	assert_int_equal(cage_end(&c), 0);
}

static void test_descriptors(void **state)
{
	struct caged c = cage_child(UT_SANDBOX_WORKER, NULL, NULL);
	char path[64];
	int fd;

	for (fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", c.pid, fd);
		if (fd <= UT_FD_PEER)
			continue;
		assert_int_equal(access(path, F_OK), -1);
	}
	assert_int_equal(cage_end(&c), 0);
}

static void test_limits(void **state)
{
	struct caged c = cage_child(UT_SANDBOX_WORKER, NULL, NULL);
	char path[64], line[256];
	unsigned int seen = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/limits", c.pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		seen += !strncmp(line, "Max core file size        0 ", 28);
		seen += !strncmp(line, "Max file size             0 ", 28);
		seen += !strncmp(line, "Max processes             0 ", 28);
		seen += !strncmp(line, "Max open files            8 ", 28);
	}
	fclose(f);
	assert_int_equal(seen, 4);
	assert_int_equal(cage_end(&c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_resolver),
		cmocka_unit_test(test_without_landlock),
		cmocka_unit_test(test_ktls_is_the_worker_s),
		cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_limits),
	};

	if (geteuid()) {
		fprintf(stderr, "the cage needs root\n");
		return 1;
	}
	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
