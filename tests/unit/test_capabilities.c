// SPDX-License-Identifier: GPL-2.0
/*
 * The sandbox of a daemon that is not root but has capabilities, as our units start it:
 * it cannot change its user or its root directory, so Landlock has to close the file
 * system. Needs root, to grant capabilities.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <seccomp.h>

#include "cage/capabilities.h"
#include "lib/caged.h"
#include "lib/proc_status.h"
#include "lib/unit.h"

#define SOMEBODY 65533
#define ALL_CAPS (1U << CAP_NET_ADMIN | 1U << CAP_DAC_OVERRIDE)

/* --- who the daemon is; each in a child --- */

static int become(uint32_t caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { {
		.effective = caps, .permitted = caps,
	} };

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setgroups(0, NULL) ||
	    setresgid(SOMEBODY, SOMEBODY, SOMEBODY) ||
	    setresuid(SOMEBODY, SOMEBODY, SOMEBODY))
		return -1;
	return syscall(SYS_capset, &head, data) ? -1 : 0;
}

/* Answers like a kernel without Landlock. */
static int take_landlock_away(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int ret;

	ret = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EOPNOTSUPP),
			       SCMP_SYS(landlock_create_ruleset), 0);
	if (!ret)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	return ret;
}

/* Runs it in a child; returns the exit status. */
static int in_child(int (*what)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		_exit(what());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		fail_msg("ended with status %#x", status);
	return WEXITSTATUS(status);
}

/* --- capabilities --- */

static int root_has_all(void)
{
	return !(ut_capabilities_have(CAP_NET_ADMIN) && ut_capabilities_any() &&
		 ut_capabilities_enough());
}

static int a_unit_has_enough(void)
{
	return become(ALL_CAPS) || ut_capabilities_have(CAP_SYS_ADMIN) ||
	       !ut_capabilities_have(CAP_DAC_OVERRIDE) ||
	       !ut_capabilities_any() || !ut_capabilities_enough();
}

static int one_is_not_enough(void)
{
	return become(1U << CAP_NET_ADMIN) || !ut_capabilities_any() ||
	       ut_capabilities_enough();
}

static int nobody_has_none(void)
{
	return become(0) || ut_capabilities_any() || ut_capabilities_enough();
}

static int dropped_for_good(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { .effective = ALL_CAPS,
						   .permitted = ALL_CAPS } };

	if (become(ALL_CAPS) || ut_capabilities_drop() || ut_capabilities_any())
		return 1;
	return syscall(SYS_capset, &head, data) == 0;
}

static void test_capabilities(void **state)
{
	assert_int_equal(in_child(root_has_all), 0);
	assert_int_equal(in_child(a_unit_has_enough), 0);
	assert_int_equal(in_child(one_is_not_enough), 0);
	assert_int_equal(in_child(nobody_has_none), 0);
	assert_int_equal(in_child(dropped_for_good), 0);
}

/* --- Landlock --- */

static bool refused(long ret)
{
	return ret < 0 && errno == EACCES;
}

/* With all permissions, so that nothing else can refuse. */
static int no_path_leads_anywhere(void)
{
	int open_before = open("/etc/passwd", O_RDONLY);
	char byte;

	if (open_before < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    ut_landlock_enter(NULL))
		return 1;
	if (!refused(open("/etc/passwd", O_RDONLY)) ||
	    !refused(open("/etc", O_RDONLY | O_DIRECTORY)) ||
	    !refused(open("/tmp/ut-landlock", O_WRONLY | O_CREAT, 0600)) ||
	    !refused(mkdir("/tmp/ut-landlock", 0700)) ||
	    !refused(unlink("/etc/passwd")) ||
	    !refused(execl("/bin/true", "true", (char *)NULL)))
		return 2;
	return read(open_before, &byte, 1) == 1 ? 0 : 3;
}

static int needs_no_new_privs(void)
{
	return become(0) || ut_landlock_enter(NULL) != -EPERM;
}

static int not_in_this_kernel(void)
{
	return take_landlock_away() || ut_landlock_enter(NULL) != -EOPNOTSUPP;
}

static void test_landlock(void **state)
{
	assert_int_equal(in_child(no_path_leads_anywhere), 0);
	assert_int_equal(in_child(needs_no_new_privs), 0);
	assert_int_equal(in_child(not_in_this_kernel), 0);
}

/* --- the cage --- */

/* Enters the sandbox as @kind; 0 if it is closed. */
static int enter(enum ut_sandbox_kind kind, int channel)
{
	struct ut_err err;

	if (ut_sandbox_prepare(&cage_sandbox, &err) ||
	    ut_sandbox_fds(channel, -1, cage_sandbox.dir, -1, -1))
		return 1;
	return ut_sandbox_enter(&cage_sandbox, kind) ? 2 : 0;
}

/* As the unit's daemon is. */
static int be_unit(void)
{
	return become(ALL_CAPS) || ut_sandbox_prepare(&cage_sandbox, NULL);
}

static void try_open(void)
{
	syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static void test_cage_of_a_unit(void **state)
{
	static const enum ut_sandbox_kind kinds[] = { UT_SANDBOX_WORKER,
						      UT_SANDBOX_SIGNER,
						      UT_SANDBOX_DNS_SD };
	struct caged c;
	char ids[64];
	size_t i;

	snprintf(ids, sizeof(ids), "%d\t%d\t%d\t%d\n", SOMEBODY, SOMEBODY,
		 SOMEBODY, SOMEBODY);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		c = cage_child(kinds[i], be_unit, NULL);
		proc_expect(c.pid, "Uid:", ids);
		proc_expect(c.pid, "CapEff:", "0000000000000000");
		proc_expect(c.pid, "CapPrm:", "0000000000000000");
		proc_expect(c.pid, "CapInh:", "0000000000000000");
		proc_expect(c.pid, "CapAmb:", "0000000000000000");
		proc_expect(c.pid, "NoNewPrivs:", "1");
		proc_expect(c.pid, "Seccomp:", "2");
		assert_int_equal(cage_end(&c), 0);
		c = cage_child(kinds[i], be_unit, try_open);
		assert_int_equal(WTERMSIG(cage_end(&c)), SIGSYS);
	}
}

static int unit_without_landlock(void)
{
	/* Before become(): installing a filter may take capabilities. */
	return take_landlock_away() || become(ALL_CAPS) ? 9 :
	       enter(UT_SANDBOX_WORKER, dup(0));
}

static int root_without_landlock(void)
{
	return take_landlock_away() ? 9 : enter(UT_SANDBOX_WORKER, dup(0));
}

static int nobody_without_landlock(void)
{
	return take_landlock_away() || become(0) ? 9 :
	       enter(UT_SANDBOX_WORKER, dup(0));
}

/* Better no worker than one with half a sandbox. */
static void test_kernel_without_landlock(void **state)
{
	assert_int_equal(in_child(unit_without_landlock), 2);
	assert_int_equal(in_child(root_without_landlock), 0);
	assert_int_equal(in_child(nobody_without_landlock), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_landlock),
		cmocka_unit_test(test_cage_of_a_unit),
		cmocka_unit_test(test_kernel_without_landlock),
	};

	if (geteuid()) {
		fprintf(stderr, "giving capabilities away needs root\n");
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
