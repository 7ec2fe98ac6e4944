// SPDX-License-Identifier: GPL-2.0
/* The control socket: where it is, and who may use it. */
#include <grp.h>
#include <sys/wait.h>

#include "lib/control_bed.h"
#include "lib/unit.h"

#define NOBODY 65534

/* --- who may --- */

/* Asks as another user: 0 if only refused; 4 if it got an answer. */
static int stranger(void)
{
	struct ut_control_conn c;
	struct json_object *o;

	/* The daemon may already be that user, with or without a way back. */
	if (!seteuid(0) &&
	    (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)))
		return 2;
	if (ut_control_connect(&c, "tablet", &ctl_err))
		return 3;
	if (!ut_control_ask(&c, UT_CONTROL_STATUS, ut_clock_ms() + 5000, &o,
			    &ctl_err))
		return 4;
	ut_control_hang_up(&c);
	return ctl_err.code == UT_EXIT_PERMISSION ? 0 : 5;
}

/* What @ask returns, in its own process, while we answer. */
static int answer(int (*ask)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(ask());
	while (!waitpid(pid, &status, WNOHANG)) {
		assert_int_equal(ut_loop_turn(ctl_loop, ut_clock_ms() + 10), 0);
		ut_control_due(ctl);
	}
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_others_may_not(void **state)
{
	char path[SCRATCH_SIZE + 32];
	struct stat st;

	snprintf(path, sizeof(path), "%s/control.tablet", ctl_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	if (geteuid())
		unit_skip("not root: no other user to be");
	/* The file permissions let it in: the socket itself checks who it is. */
	assert_int_equal(chmod(ctl_dir, 0755), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(answer(stranger), 0);
	assert_int_equal(ctl_asked, 0);
}

/* A loop belongs to the process that made it: this one makes its own, as NOBODY. */
static int ask_unprivileged(const char *path)
{
	ut_control_close(ctl);
	if (sd_event_new(&ctl_loop) < 0 ||
	    ut_control_open(&ctl, ctl_loop, "tablet", ctl_answer, &ctl_asked,
			    &ctl_err) ||
	    chmod(path, 0666) || setuid(NOBODY))
		return 1;
	return answer(stranger);
}

/* A daemon with privileges does not trust its user, as which its workers run. */
static void test_own_user(void **state)
{
	char path[SCRATCH_SIZE + 32];
	int ret, status;
	pid_t pid;

	if (geteuid())
		unit_skip("not root: no other user to be");
	snprintf(path, sizeof(path), "%s/control.tablet", ctl_dir);
	assert_int_equal(chmod(ctl_dir, 0755) || chmod(path, 0666), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	ret = answer(stranger);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(ret, 0);
	assert_int_equal(ctl_asked, 0);
	pid = fork();
	if (!pid)
		_exit(ask_unprivileged(path));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 4);
}

/* --- the socket --- */

static void test_one_of_a_role(void **state)
{
	struct ut_control *second = NULL, *dock = NULL;
	struct ut_control_conn c;

	assert_int_equal(ut_control_open(&second, ctl_loop, "tablet",
					 ctl_answer, &ctl_asked, &ctl_err),
			 -EADDRINUSE);
	assert_int_equal(ctl_err.code, UT_EXIT_BUSY);
	assert_null(second);
	assert_int_equal(ut_control_open(&dock, ctl_loop, "dock", ctl_answer,
					 &ctl_asked, &ctl_err),
			 0);
	ut_control_close(dock);
	assert_int_equal(ut_control_connect(&c, "dock", &ctl_err), -ENOENT);
	assert_int_equal(ctl_err.code, UT_EXIT_NOT_FOUND);
}

/* A daemon that was killed leaves its socket behind. */
static void test_stale_socket(void **state)
{
	struct sockaddr_un address;
	struct ut_control *dock;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(ut_control_address("dock", &address), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      sizeof(address)), 0);
	close(fd);
	assert_int_equal(ut_control_open(&dock, ctl_loop, "dock", ctl_answer,
					 &ctl_asked, &ctl_err),
			 0);
	ut_control_close(dock);
	assert_int_equal(access(address.sun_path, F_OK), -1);
}

/* Opening it without a loop fails and leaves no socket. */
static void test_fails(void **state)
{
	struct ut_control *dock = NULL;
	struct sockaddr_un address;

	assert_int_equal(ut_control_address("dock", &address), 0);
	assert_int_equal(ut_control_open(&dock, NULL, "dock", ctl_answer,
					 &ctl_asked, &ctl_err), -EINVAL);
	assert_null(dock);
	assert_int_equal(access(address.sun_path, F_OK), -1);
}

static void test_makes_directory(void **state)
{
	char sub[SCRATCH_SIZE + 8];
	struct ut_control *dock;
	struct stat st;
	mode_t mask;

	snprintf(sub, sizeof(sub), "%s/run", ctl_dir);
	ut_control_dir_set(sub);
	mask = umask(0);
	assert_int_equal(ut_control_open(&dock, ctl_loop, "dock", ctl_answer,
					 &ctl_asked, &ctl_err),
			 0);
	umask(mask);
	assert_int_equal(stat(sub, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	ut_control_close(dock);
	ut_control_dir_set("/proc/nowhere");
	assert_int_equal(ut_control_open(&dock, ctl_loop, "dock", ctl_answer,
					 &ctl_asked, &ctl_err),
			 -ENOENT);
	ut_control_dir_set(ctl_dir);
}

/* Without a socket a daemon still has a loop. */
static void test_none(void **state)
{
	assert_true(ut_control_due(NULL) == INT64_MAX);
	assert_false(ut_control_watched(NULL));
	ut_control_event(NULL, ut_json_new());
	ut_control_close(NULL);
}

/* --- asking --- */

static int ask_all(size_t *n, struct ut_err *err)
{
	return ut_control_ask_all(UT_CONTROL_STATUS, ut_clock_ms() + 5000, NULL,
				  NULL, n, err);
}

/* A caller that needs only one daemon is not told that the other is missing. */
static int one_is_enough(void)
{
	struct ut_err err;
	size_t n;

	ut_err_clear(&err);
	if (ask_all(&n, &err) || n != 1)
		return 2;
	if (err.code != UT_EXIT_OK || err.msg[0] || err.hint[0])
		return 3;
	return ask_all(&n, NULL) || n != 1 ? 4 : 0;
}

static int one_refuses(void)
{
	struct ut_err err;
	size_t n;

	if (ask_all(&n, &err) != -EREMOTEIO || n != 1)
		return 2;
	if (err.code != UT_EXIT_CONFIG)
		return 3;
	return ask_all(&n, NULL) != -EREMOTEIO || n != 1 ? 4 : 0;
}

static void test_ask_all(void **state)
{
	size_t n;

	assert_int_equal(answer(one_is_enough), 0);
	assert_int_equal(ctl_asked, 2);
	ctl_answer_ret = -EINVAL;
	assert_int_equal(answer(one_refuses), 0);
	ut_control_dir_set("/proc/nowhere");
	assert_int_equal(ask_all(&n, &ctl_err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(ctl_err.code, UT_EXIT_NOT_FOUND);
	assert_int_equal(ask_all(&n, NULL), 0);
	assert_int_equal(n, 0);
	ut_control_dir_set(ctl_dir);
}

static bool no_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

static void test_no_memory(void **state)
{
	struct ut_control_conn c;

	no_memory = true;
	/* Left over from before. */
	errno = ENOENT;
	assert_int_equal(ut_control_connect(&c, "tablet", &ctl_err), -ENOMEM);
	no_memory = false;
	assert_int_equal(ctl_err.code, UT_EXIT_FAILURE);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, ctl_setup, ctl_teardown)
	const struct CMUnitTest tests[] = {
		T(test_others_may_not), T(test_own_user),
		T(test_one_of_a_role), T(test_stale_socket),
		T(test_fails), T(test_makes_directory), T(test_none),
		T(test_ask_all), T(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
