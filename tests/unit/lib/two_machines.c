// SPDX-License-Identifier: GPL-2.0
#include "lib/two_machines.h"

int machine_enter(const struct machine *m)
{
	return net_enter(m->net) || setns(m->mnt, CLONE_NEWNS);
}

/* Ends with the test, however that ends. UT_VERBOSE=1 shows its output. */
static pid_t machine_start(char *const argv[])
{
	const char *verbose = getenv("UT_VERBOSE");
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	if (!verbose || verbose[0] != '1') {
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	execvp(argv[0], argv);
	_exit(127);
}

void machine_end(pid_t *pid)
{
	if (*pid <= 0)
		return;
	kill(*pid, SIGKILL);
	while (waitpid(*pid, NULL, 0) < 0)
		;
	*pid = 0;
}

void machine_end_avahi(struct machine *m)
{
	kill(m->avahi, SIGTERM);
	while (waitpid(m->avahi, NULL, 0) < 0)
		;
	m->avahi = 0;
}

/* 0 once @path exists. */
static int machine_wait_for(const char *path)
{
	int64_t deadline = ut_clock_ms() + 90000;
	struct stat st;

	while (stat(path, &st)) {
		if (!ut_clock_left(deadline))
			return -1;
		poll(NULL, 0, 20);
	}
	return 0;
}

int machine_start_avahi(struct machine *m)
{
	char *const argv[] = {
		(char *)"avahi-daemon", (char *)"-f",
		(char *)"/run/avahi.conf", (char *)"--no-drop-root",
		(char *)"--no-chroot", (char *)"--no-rlimits",
		(char *)"--no-proc-title", NULL
	};

	unlink("/run/avahi-daemon/pid");
	m->avahi = machine_start(argv);
	return m->avahi < 0 || machine_wait_for("/run/avahi-daemon/pid");
}

static int machine_make(struct machine *m, int net, const char *name)
{
	char *const argv[] = {
		(char *)"dbus-daemon", (char *)"--system", (char *)"--nofork",
		(char *)"--nopidfile", NULL
	};

	m->net = net;
	m->avahi = 0;
	if (net_enter(net) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/run", "tmpfs", 0, "mode=755") ||
	    mkdir("/run/dbus", 0755) || mkdir("/run/avahi-daemon", 0755) ||
	    net_run("printf '[server]\\nhost-name=%s\\nallow-interfaces=v0,v1\\n"
		    "[publish]\\npublish-workstation=no\\n' > /run/avahi.conf",
		    name))
		return -1;
	m->mnt = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	m->bus = machine_start(argv);
	return m->mnt < 0 || m->bus < 0 ||
	       machine_wait_for("/run/dbus/system_bus_socket");
}

static void machine_drop(struct machine *m)
{
	machine_end(&m->avahi);
	machine_end(&m->bus);
	close(m->mnt);
}

int machines_make(struct two_machines *t)
{
	if (ut_sandbox_prepare(&t->sandbox, NULL) || nets_make(&t->nets))
		return -1;
	t->home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	return machine_make(&t->a, t->nets.a, "machine-a") ||
	       machine_make(&t->b, t->nets.b, "machine-b");
}

int machines_start_avahi(struct two_machines *t)
{
	return machine_start_avahi(&t->b) || machine_enter(&t->a) ||
	       machine_start_avahi(&t->a);
}

int machines_drop(struct two_machines *t)
{
	machine_drop(&t->a);
	machine_drop(&t->b);
	ut_sandbox_close(&t->sandbox);
	if (setns(t->home, CLONE_NEWNS))
		return -1;
	close(t->home);
	return nets_drop(&t->nets);
}
