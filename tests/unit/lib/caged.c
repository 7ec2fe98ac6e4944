// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/caged.h"
#include "lib/unit.h"

struct ut_sandbox cage_sandbox;

int cage_group_setup(void **state)
{
	return ut_sandbox_prepare(&cage_sandbox, NULL);
}

int cage_group_teardown(void **state)
{
	ut_sandbox_close(&cage_sandbox);
	return 0;
}

struct caged cage_child(enum ut_sandbox_kind kind, int (*before)(void),
			void (*what)(void))
{
	struct caged c;
	int fd[2], peer;
	char byte;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	c.fd = fd[0];
	c.pid = fork();
	if (!c.pid) {
		peer = socket(AF_INET, SOCK_STREAM, 0);
		if ((before && before()) ||
		    ut_sandbox_fds(fd[1], peer, cage_sandbox.dir, -1, -1) ||
		    ut_sandbox_enter(&cage_sandbox, kind) ||
		    write(UT_FD_CHANNEL, "in", 1) != 1 ||
		    read(UT_FD_CHANNEL, &byte, 1) != 1)
			_exit(1);
		if (what)
			what();
		_exit(0);
	}
	close(fd[1]);
	assert_int_equal(read(c.fd, &byte, 1), 1);
	return c;
}

int cage_end(struct caged *c)
{
	int status;

	assert_int_equal(write(c->fd, "x", 1), 1);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	close(c->fd);
	return status;
}
