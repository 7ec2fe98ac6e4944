// SPDX-License-Identifier: GPL-2.0
/*
 * ut-agent - process 1 of a test VM: runs scripts for the host
 *
 * The host sends over the second serial port
 *	RUN <id> <timeout ms> <length>\n<script>
 * and gets, when /bin/sh has ended,
 *	DONE <id> <status> <length>\n<output>
 * with stdout and stderr together. Several scripts may run at once. Status is
 * the exit status, 128 + the signal, or 124 if the time was up; then the
 * script's process group has been killed. A process that left the group by
 * setsid lives on.
 *
 * ut-agent --tsc-khz, on the host: the frequency of the time stamp counter. An
 * emulated guest that measures it itself is wrong when the host is busy.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define MAX_JOBS	32
#define MAX_SCRIPT	(60 * 1024)
#define MAX_OUTPUT	(4 * 1024 * 1024)

struct job {
	unsigned int id;
	pid_t pid;		/* 0: free */
	int out;
	int64_t deadline;
	int timed_out;
};

static struct job jobs[MAX_JOBS];
static char input[MAX_SCRIPT + 128];
static size_t filled;
static int port;

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void die(const char *what)
{
	dprintf(2, "ut-agent: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void put_all(const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(port, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			die("write");
		p += done;
		n -= done;
	}
}

static void report(struct job *j, int status)
{
	char head[64], *text;
	off_t size = lseek(j->out, 0, SEEK_END);
	size_t n = size > MAX_OUTPUT ? MAX_OUTPUT : (size_t)size;

	put_all(head, snprintf(head, sizeof(head), "DONE %u %d %zu\n", j->id,
			       status, n));
	if (n) {
		text = mmap(NULL, n, PROT_READ, MAP_SHARED, j->out, 0);
		if (text == MAP_FAILED)
			die("mmap");
		put_all(text, n);
		munmap(text, n);
	}
	close(j->out);
	j->pid = 0;
}

static void child(const char *script, int out)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	execl("/bin/sh", "sh", "-c", script, NULL);
	_exit(127);
}

static void start(unsigned int id, long timeout, const char *script)
{
	struct job *j = jobs;

	while (j < jobs + MAX_JOBS && j->pid)
		j++;
	if (j == jobs + MAX_JOBS) {
		errno = EBUSY;
		die("too many jobs");
	}
	j->id = id;
	j->timed_out = 0;
	j->deadline = now_ms() + timeout;
	j->out = memfd_create("job", MFD_CLOEXEC);
	if (j->out < 0)
		die("memfd_create");
	j->pid = fork();
	if (j->pid < 0)
		die("fork");
	if (!j->pid)
		child(script, j->out);
	setpgid(j->pid, j->pid);
}

static void reap(void)
{
	struct job *j;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (j = jobs; j < jobs + MAX_JOBS; j++) {
			if (j->pid != pid)
				continue;
			if (j->timed_out)
				report(j, 124);
			else if (WIFSIGNALED(status))
				report(j, 128 + WTERMSIG(status));
			else
				report(j, WEXITSTATUS(status));
			break;
		}
	}
}

static void kill_late(void)
{
	int64_t now = now_ms();
	struct job *j;

	for (j = jobs; j < jobs + MAX_JOBS; j++) {
		if (!j->pid || now < j->deadline)
			continue;
		if (j->timed_out) {
			/* It is stuck in the kernel; the host must know. */
			j->deadline = INT64_MAX;
			report(j, 124);
			continue;
		}
		j->timed_out = 1;
		j->deadline = now + 3000;
		kill(-j->pid, SIGKILL);
	}
}

/* Takes one whole command out of the buffer; 0 if there is none. */
static int take_command(void)
{
	char *line_end = memchr(input, '\n', filled);
	char script[MAX_SCRIPT + 1];
	size_t head, length;
	unsigned int id;
	long timeout;

	if (!line_end)
		return 0;
	head = line_end + 1 - input;
	*line_end = 0;
	if (sscanf(input, "RUN %u %ld %zu", &id, &timeout, &length) != 3 ||
	    length > MAX_SCRIPT) {
		errno = EPROTO;
		die(input);
	}
	*line_end = '\n';
	if (filled < head + length)
		return 0;
	memcpy(script, input + head, length);
	script[length] = 0;
	filled -= head + length;
	memmove(input, input + head + length, filled);
	start(id, timeout, script);
	return 1;
}

static void serve(int signals)
{
	struct pollfd fds[2] = {
		{ .fd = port, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	ssize_t n;

	for (;;) {
		if (poll(fds, 2, 500) < 0 && errno != EINTR)
			die("poll");
		if (fds[1].revents & POLLIN &&
		    read(signals, &info, sizeof(info)) < 0)
			die("signalfd");
		if (fds[0].revents & POLLIN) {
			n = read(port, input + filled, sizeof(input) - filled);
			if (n <= 0)
				die("read");
			filled += n;
			while (take_command())
				;
		}
		reap();
		kill_late();
	}
}

/* The two ends are taken between two looks at the clock that agree. */
static int64_t clock_and_tsc(uint64_t *tsc)
{
	struct timespec a, b;
	int64_t ns;

	do {
		clock_gettime(CLOCK_MONOTONIC_RAW, &a);
		*tsc = __rdtsc();
		clock_gettime(CLOCK_MONOTONIC_RAW, &b);
		ns = (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec -
		     a.tv_nsec;
	} while (ns > 2000);
	return a.tv_sec * 1000000000LL + a.tv_nsec + ns / 2;
}

static int print_tsc_khz(void)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	uint64_t tsc0, tsc1;
	int64_t ns0, ns1;

	ns0 = clock_and_tsc(&tsc0);
	nanosleep(&pause, NULL);
	ns1 = clock_and_tsc(&tsc1);
	printf("%llu\n", (unsigned long long)((tsc1 - tsc0) * 1000000.0 /
					      (double)(ns1 - ns0)));
	return 0;
}

int main(int argc, char **argv)
{
	struct termios raw;
	sigset_t chld;

	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "--tsc-khz"))
		return print_tsc_khz();
	port = open(argv[1], O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port < 0 || tcgetattr(port, &raw))
		die(argv[1]);
	cfmakeraw(&raw);
	raw.c_cflag |= CLOCAL;
	if (tcsetattr(port, TCSANOW, &raw))
		die("tcsetattr");
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	put_all("READY\n", 6);
	serve(signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK));
}
