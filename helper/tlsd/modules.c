// SPDX-License-Identifier: GPL-2.0
/* Kernel modules. */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tlsd/daemon.h"

static bool loaded(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

/* modprobe speaks to our stderr itself: it knows best why it failed. */
static void modprobe(const char *name)
{
	static char *const env[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL
	};
	pid_t pid = fork();

	if (!pid) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execle("/sbin/modprobe", "modprobe", name, (char *)NULL, env);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* A unit may have taken this right from us; then it has loaded them before. */
static bool may_load(void)
{
	return prctl(PR_CAPBSET_READ, CAP_SYS_MODULE, 0, 0, 0) == 1;
}

int ut_module_need(const char *name, struct ut_err *err)
{
	bool tried = may_load();
	int ret;

	if (loaded(name))
		return 0;
	if (tried)
		modprobe(name);
	if (loaded(name))
		return 0;
	ret = ut_err_set(err, UT_EXIT_MODULE, ENXIO, tried ?
			 "the kernel module %s is not loaded, and modprobe cannot load it" :
			 "the kernel module %s is not loaded, and this process may not load it",
			 name);
	if (tried)
		ut_err_hint(err, "install the modules for this kernel (package usbip-tls-dkms, or make dkms-install); with Secure Boot they must be signed");
	else
		ut_err_hint(err, "\"modprobe %s\" as root loads it or says why not: not built for this kernel (dkms status), or with Secure Boot not signed",
			    name);
	return ret;
}
