// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>

#include "lib/two_nets.h"

int net_open(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

int net_enter(int net)
{
	return setns(net, CLONE_NEWNET);
}

int net_run(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	return system(command);
}

int net_new(void)
{
	if (unshare(CLONE_NEWNET) || net_run("ip link set lo up"))
		return -1;
	return net_open();
}

int nets_cable(const struct two_nets *n, int number)
{
	const int pid = (int)getpid();

	if (net_enter(n->b) ||
	    net_run("ip link add v%d type veth peer name v%d netns /proc/%d/fd/%d",
		    number + 1, number, pid, n->a) ||
	    net_enter(n->a) ||
	    net_run("ip addr add 10.9.%d.1/24 dev v%d && ip link set v%d up",
		    number, number, number) ||
	    net_enter(n->b))
		return -1;
	/* Without "brd": the kernel has a broadcast address all the same. */
	return net_run("ip addr add 10.9.%d.2/24 dev v%d && ip link set v%d up",
		       number, number + 1, number + 1);
}

int nets_make(struct two_nets *n)
{
	n->home = net_open();
	n->a = net_new();
	n->b = net_new();
	if (n->home < 0 || n->a < 0 || n->b < 0)
		return -1;
	return nets_cable(n, 0);
}

int nets_drop(struct two_nets *n)
{
	int ret = net_enter(n->home);

	close(n->a);
	close(n->b);
	close(n->home);
	return ret;
}
