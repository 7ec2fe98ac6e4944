// SPDX-License-Identifier: GPL-2.0
/* The cage of workers and signers; the list of system calls is in seccomp.c. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cage/capabilities.h"
#include "cage/sandbox.h"

#define USER		"usbip-tls"
#define FALLBACK_USER	"nobody"
#define FALLBACK_ID	65534

#define MEMORY_LIMIT	(256UL << 20)
#define CPU_SECONDS	20
#define MAX_FD		8
#define RESOLVER_MAX_FD	64

/*
 * Modules of the name service, and their configuration file by file: other files in
 * /etc, such as our private key, may belong to the same user. Links are followed, as
 * resolv.conf into /run; sockets there need no right to read.
 */
static const char *const resolver_files[] = {
	"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache",
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
	"/etc/host.conf", "/etc/gai.conf", "/etc/services",
	"/etc/protocols", "/etc/networks", "/etc/passwd", "/etc/group",
	"/etc/nscd.conf", "/etc/mdns.allow", NULL
};

/* A machine without a user database has nobody all the same. */
static void find_user(struct ut_sandbox *sb)
{
	const struct passwd *pw = getpwnam(USER);

	if (!pw || !pw->pw_uid)
		pw = getpwnam(FALLBACK_USER);
	sb->uid = pw && pw->pw_uid ? pw->pw_uid : FALLBACK_ID;
	sb->gid = pw && pw->pw_gid ? pw->pw_gid : FALLBACK_ID;
}

/* Opens a new directory and deletes it: nothing can ever be made in it. */
static int empty_dir(const char *base)
{
	char path[64];
	int fd, error;

	snprintf(path, sizeof(path), "%s/usbip-tls.XXXXXX", base);
	if (!mkdtemp(path))
		return -errno;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	error = errno;
	if (rmdir(path)) {
		if (fd < 0)
			return -error;
		error = errno;
		close(fd);
		return -error;
	}
	return fd < 0 ? -error : fd;
}

int ut_sandbox_prepare(struct ut_sandbox *sb, struct ut_err *err)
{
	sb->root = geteuid() == 0;
	sb->dir = -1;
	if (!sb->root)
		return 0;
	find_user(sb);
	sb->dir = empty_dir("/run");
	if (sb->dir < 0)
		sb->dir = empty_dir("/tmp");
	if (sb->dir < 0)
		return ut_err_errno(err, UT_EXIT_FAILURE, sb->dir,
				    "cannot make an empty directory in /run or /tmp for the workers");
	return 0;
}

void ut_sandbox_close(struct ut_sandbox *sb)
{
	if (sb->dir >= 0)
		close(sb->dir);
	sb->dir = -1;
}

/* Descriptors below this one are ours; the others are moved above it first. */
#define FD_SAFE 16

static int move_fd(int *fd)
{
	int high;

	if (*fd < 0)
		return 0;
	high = fcntl(*fd, F_DUPFD_CLOEXEC, FD_SAFE);
	if (high < 0)
		return -errno;
	*fd = high;
	return 0;
}

static int place_fd(int from, int to)
{
	if (from < 0) {
		close(to);
		return 0;
	}
	return dup3(from, to, to == UT_FD_PROGRAM ? O_CLOEXEC : 0) < 0 ?
	       -errno : 0;
}

static int null_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int ret = 0, fd;

	/* In a root file system without /dev, closed is as good. */
	for (fd = 0; fd < 3; fd++) {
#ifdef __SANITIZE_ADDRESS__
		if (fd == STDERR_FILENO)
			continue;
#endif
		if (null < 0)
			close(fd);
		else if (dup2(null, fd) < 0)
			ret = -errno;
	}
	return ret;
}

int ut_sandbox_fds(int channel, int peer, int keep, int creds, int program)
{
	/* From UT_FD_CHANNEL on. */
	int fd[] = { channel, peer, keep, creds, program };
	const int n = sizeof(fd) / sizeof(fd[0]);
	int i, ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = move_fd(&fd[i]);
	if (!ret)
		ret = null_stdio();
	for (i = 0; !ret && i < n; i++)
		ret = place_fd(fd[i], UT_FD_CHANNEL + i);
	if (ret)
		return ret;
	return close_range(UT_FD_PROGRAM + 1, ~0U, 0) ? -errno : 0;
}

static int limit(int resource, rlim_t value)
{
	struct rlimit rl = { value, value };

	return setrlimit(resource, &rl) ? -errno : 0;
}

/* Only its parent can raise it: the call is not among those it may make. */
static int limit_cpu(void)
{
	struct rlimit rl = { CPU_SECONDS, RLIM_INFINITY };

	return setrlimit(RLIMIT_CPU, &rl) ? -errno : 0;
}

static int limits(enum ut_sandbox_kind kind)
{
	int ret = limit(RLIMIT_CORE, 0);

	if (!ret)
		ret = limit(RLIMIT_FSIZE, 0);
	if (!ret)
		ret = limit(RLIMIT_NOFILE, kind == UT_SANDBOX_RESOLVER ?
					   RESOLVER_MAX_FD : MAX_FD);
	if (!ret)
		ret = limit(RLIMIT_NPROC, 0);
	if (!ret)
		ret = limit(RLIMIT_MEMLOCK, 0);
#ifndef __SANITIZE_ADDRESS__
	/* The sanitizer reserves terabytes of address space. */
	if (!ret)
		ret = limit(RLIMIT_AS, MEMORY_LIMIT);
#endif
	return ret;
}

/* The resolver sees the machine's files, so it is nobody, to whom none belongs. */
static int drop_root(const struct ut_sandbox *sb, enum ut_sandbox_kind kind)
{
	uid_t uid = kind == UT_SANDBOX_RESOLVER ? FALLBACK_ID : sb->uid;
	gid_t gid = kind == UT_SANDBOX_RESOLVER ? FALLBACK_ID : sb->gid;

	if (kind != UT_SANDBOX_RESOLVER &&
	    (fchdir(UT_FD_KEEP) || chroot(".")))
		return -errno;
	if (chdir("/"))
		return -errno;
	close(UT_FD_KEEP);
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	/* Root must be gone for good. */
	if (!setuid(0) || !seteuid(0) || geteuid() == 0)
		return -EPERM;
	return 0;
}

/*
 * A process of a unit has privileges without being root, and no other user to become.
 * There Landlock must close the files, or there is no cage. Elsewhere it is one more
 * wall: root has an empty root directory by now, or has become nobody, and a process
 * without privileges had none to lose.
 */
static int close_files(const struct ut_sandbox *sb, enum ut_sandbox_kind kind)
{
	int ret = ut_landlock_enter(kind == UT_SANDBOX_RESOLVER ?
				    resolver_files : NULL);

	if (ret == -EOPNOTSUPP && (sb->root || !ut_capabilities_any()))
		return 0;
	return ret;
}

int ut_sandbox_enter(const struct ut_sandbox *sb, enum ut_sandbox_kind kind)
{
	int ret;

	/* The signer lives long; a worker that does not spends a second at most. */
	ret = kind == UT_SANDBOX_WORKER || kind == UT_SANDBOX_RESOLVER ?
	      limit_cpu() : 0;
	if (!ret)
		ret = limits(kind);
	if (!ret && sb->root)
		ret = drop_root(sb, kind);
	if (ret)
		return ret;
	/* A change of user resets both of these, so they come after it. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	ret = close_files(sb, kind);
	if (!ret)
		ret = ut_capabilities_drop();
	if (!ret)
		ret = ut_seccomp_enter(kind);
	return ret;
}
