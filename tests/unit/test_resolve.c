// SPDX-License-Identifier: GPL-2.0
/*
 * Host names: what the process that looks them up may do while the test's name server
 * makes it wait, and what becomes of the answer. In a network and with a configuration
 * of its own. Needs root.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/caged.h"
#include "lib/proc_status.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "worker/connect.h"

static struct ut_err err;

#define WAIT_MS 20000

static char top[SCRATCH_SIZE];
static int dns = -1;

/* A resolver that was taken over sends a port, too. */
static bool lies;

int __real_ut_msg_wait(int fd, struct ut_msg *msg, int timeout_ms);
int __wrap_ut_msg_wait(int fd, struct ut_msg *msg, int timeout_ms);

int __wrap_ut_msg_wait(int fd, struct ut_msg *msg, int timeout_ms)
{
	int ret = __real_ut_msg_wait(fd, msg, timeout_ms);
	unsigned int i;

	for (i = 0; lies && !ret && i < msg->addresses.n; i++)
		if (msg->addresses.v[i].sa.sa_family == AF_INET)
			msg->addresses.v[i].in.sin_port = htons(22);
		else
			msg->addresses.v[i].in6.sin6_port = htons(22);
	return ret;
}

static int put(const char *name, const char *text, const char *over)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		return -1;
	return mount(path, over, NULL, MS_BIND, NULL);
}

static int setup(void **state)
{
	const struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(53),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};

	if (cage_group_setup(state) || scratch_make(top, "resolve") ||
	    unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    system("ip link set lo up") ||
	    put("resolv.conf", "nameserver 127.0.0.1\n", "/etc/resolv.conf") ||
	    put("nsswitch.conf", "hosts: files dns\n", "/etc/nsswitch.conf") ||
	    put("hosts", "192.0.2.7 desk\n2001:db8::7 desk\n", "/etc/hosts"))
		return -1;
	dns = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(dns, (const struct sockaddr *)&in, sizeof(in));
}

static int teardown(void **state)
{
	close(dns);
	umount("/etc/hosts");
	umount("/etc/nsswitch.conf");
	umount("/etc/resolv.conf");
	scratch_drop(top);
	return cage_group_teardown(state);
}

static int look_up(const char *host, struct ut_msg_addresses *to)
{
	ut_err_clear(&err);
	return ut_resolve(host, 3240, &cage_sandbox, ut_clock_ms() + WAIT_MS,
			  to, &err);
}

static void test_number(void **state)
{
	struct ut_msg_addresses to;

	assert_int_equal(look_up("192.0.2.9", &to), 0);
	assert_int_equal(to.n, 1);
	assert_int_equal(to.v[0].in.sin_port, htons(3240));
	assert_int_equal(to.v[0].in.sin_addr.s_addr, inet_addr("192.0.2.9"));
}

static void test_file(void **state)
{
	struct ut_msg_addresses to;
	unsigned int i, families = 0;

	lies = true;
	if (look_up("desk", &to))
		fail_msg("%s", err.msg);
	lies = false;
	for (i = 0; i < to.n; i++) {
		families |= to.v[i].sa.sa_family == AF_INET ? 1 : 2;
		/* The name has both kinds of address. */
		assert_int_equal(to.v[i].in.sin_port, htons(3240));
	}
	assert_int_equal(families, 3);
}

/* --- the name server --- */

/* The next question; *from is who asks. */
static size_t question(uint8_t buf[512], struct sockaddr_in *from)
{
	struct pollfd p = { dns, POLLIN, 0 };
	socklen_t len = sizeof(*from);
	ssize_t n;

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	n = recvfrom(dns, buf, 512, 0, (struct sockaddr *)from, &len);
	assert_true(n > 12 + 4);
	return (size_t)n;
}

/* RFC 1035: an address for A; otherwise no such name, or no address of that kind. */
static void answer(uint8_t *buf, size_t len, const struct sockaddr_in *to,
		   bool known)
{
	static const uint8_t record[] = {
		0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 1, 2, 3,
	};
	bool a;

	/* Leaves out what EDNS added after the question. */
	len = 12 + strlen((char *)buf + 12) + 1 + 4;
	a = known && buf[len - 3] == 1;
	buf[2] = 0x81;
	buf[3] = known ? 0x80 : 0x83;
	memset(buf + 6, 0, 6);
	buf[7] = a;
	if (a) {
		memcpy(buf + len, record, sizeof(record));
		len += sizeof(record);
	}
	assert_int_equal(sendto(dns, buf, len, 0, (const struct sockaddr *)to,
				sizeof(*to)), len);
}

/* The process that asks: the only child of the one we have started. */
static pid_t resolver_of(pid_t parent)
{
	char path[64];
	pid_t pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent,
		 parent);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	return pid;
}

static pid_t asks(const char *host, bool known)
{
	struct ut_msg_addresses to;
	pid_t pid = fork();

	if (pid)
		return pid;
	if (known)
		_exit(look_up(host, &to) || to.n != 1 ||
		      to.v[0].in.sin_addr.s_addr != inet_addr("10.1.2.3"));
	_exit(look_up(host, &to) != -ENXIO || err.code != UT_EXIT_UNREACHABLE ||
	      !strstr(err.msg, "cannot find dock") || !err.hint[0]);
}

/* Answers until the process has ended well. */
static void serve(pid_t pid, uint8_t *buf, size_t len, struct sockaddr_in *from,
		  bool known)
{
	struct pollfd p = { dns, POLLIN, 0 };
	int64_t deadline = ut_clock_ms() + WAIT_MS;
	int status;

	answer(buf, len, from, known);
	while (!waitpid(pid, &status, WNOHANG)) {
		assert_true(ut_clock_ms() < deadline);
		if (poll(&p, 1, 10) == 1) {
			len = question(buf, from);
			answer(buf, len, from, known);
		}
	}
	assert_int_equal(status, 0);
}

/* It has none of its parent's privileges, and is not its parent. */
static void test_privileges(void **state)
{
	char path[64], exe[256] = "", ids[64];
	struct sockaddr_in from;
	uint8_t buf[512];
	pid_t pid, who;
	size_t len;

	pid = asks("desk.example", true);
	len = question(buf, &from);
	who = resolver_of(pid);
	snprintf(path, sizeof(path), "/proc/%d/exe", who);
	assert_true(readlink(path, exe, sizeof(exe) - 1) > 0);
	assert_non_null(strstr(exe, "/usbip-tls-worker"));
	snprintf(ids, sizeof(ids), "%u\t%u\t%u\t%u\n", cage_sandbox.uid,
		 cage_sandbox.uid, cage_sandbox.uid, cage_sandbox.uid);
	proc_expect(who, "Uid:", ids);
	proc_expect(who, "Groups:", "");
	proc_expect(who, "CapEff:", "0000000000000000\n");
	proc_expect(who, "CapPrm:", "0000000000000000\n");
	proc_expect(who, "NoNewPrivs:", "1\n");
	proc_expect(who, "Seccomp:", "2\n");
	serve(pid, buf, len, &from, true);
}

static void test_unknown(void **state)
{
	struct sockaddr_in from;
	uint8_t buf[512];
	pid_t pid = asks("nobody.example", false);
	size_t len = question(buf, &from);

	serve(pid, buf, len, &from, false);
}

/* A name server that never answers. */
static void test_silence(void **state)
{
	struct ut_msg_addresses to;
	int64_t begun = ut_clock_ms();

	ut_err_clear(&err);
	assert_int_equal(ut_resolve("late.example", 3240, &cage_sandbox,
				    begun + 300, &to, &err),
			 -ETIMEDOUT);
	assert_int_equal(err.code, UT_EXIT_TIMEOUT);
	assert_true(ut_clock_ms() - begun < 4000);
}

/* No route to it, or no address: the error names it as usual. */
static void test_at_once(void **state)
{
	static const char *const at[] = { "192.0.2.9", "2001:db8::9", "" };
	size_t i;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		assert_true(ut_connect_begin(at[i], "desk.example", 3240,
					     &err) < 0);
		assert_int_equal(err.code, UT_EXIT_UNREACHABLE);
		if (!strstr(err.msg, "cannot reach dock desk.example port 3240"))
			fail_msg("\"%s\": %s", at[i], err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number), cmocka_unit_test(test_file),
		cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_silence), cmocka_unit_test(test_at_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
