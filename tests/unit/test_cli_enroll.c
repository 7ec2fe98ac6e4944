// SPDX-License-Identifier: GPL-2.0
/*
 * The verb enroll as people use it: one process shows a code, another one enters it on
 * a terminal or from a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/net.h"
#include "cli/cli.h"
#include "lib/loopback.h"
#include "lib/scratch.h"
#include "lib/unit.h"

#define DEADLINE_MS	45000
#define CODE_SIZE	25

static char top[SCRATCH_SIZE], port[8];

/**
 * struct run - a command in a process of its own
 * @log: file with all that it prints, or the master side of its terminal
 */
struct run {
	pid_t pid;
	char log[128];
	int tty;
};

static void split(char *line, char **argv)
{
	char *save = NULL;
	int n = 0;

	argv[n++] = (char *)"usbip-tls enroll";
	for (argv[n] = strtok_r(line, " ", &save); argv[n];
	     argv[n] = strtok_r(NULL, " ", &save))
		n++;
}

/* In the child. */
static void be_command(const char *words)
{
	char line[512], *argv[24];
	struct ut_cli cli = { 0 };
	int argc = 0, ret;

	snprintf(line, sizeof(line), "%s", words);
	split(line, argv);
	while (argv[argc])
		argc++;
	ret = ut_cli_run(&ut_verb_enroll, &cli, argc, argv);
	fflush(stdout);
	_exit(ret);
}

static struct run start(const char *name, const char *words)
{
	struct run r = { .tty = -1 };
	int fd;

	snprintf(r.log, sizeof(r.log), "%s/%s.log", top, name);
	unlink(r.log);
	r.pid = fork();
	if (!r.pid) {
		fd = open(r.log, O_CREAT | O_TRUNC | O_WRONLY, 0600);
		dup2(fd, 1);
		dup2(fd, 2);
		fd = open("/dev/null", O_RDONLY);
		dup2(fd, 0);
		be_command(words);
	}
	return r;
}

static int end(struct run *r)
{
	int status;

	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	assert_true(WIFEXITED(status));
	if (r->tty >= 0)
		close(r->tty);
	return WEXITSTATUS(status);
}

static const char *log_of(const struct run *r)
{
	static char text[SCRATCH_TEXT_SIZE];

	return scratch_text(r->log, text);
}

static void expect(const struct run *r, const char *what)
{
	scratch_await(r->log, what, 1, "the verb");
}

/* The code that is shown. */
static void code_of(const struct run *r, char code[CODE_SIZE])
{
	const char *p;

	expect(r, "makes it void.\n");
	p = strstr(log_of(r), "and this code:\n\n    ");
	assert_non_null(p);
	snprintf(code, CODE_SIZE, "%s", p + strlen("and this code:\n\n    "));
	assert_int_equal(strlen(code), CODE_SIZE - 1);
}

static struct run start_dock(const char *more)
{
	char words[256];

	snprintf(words, sizeof(words), "--dir %s/dock --port %s %s", top, port,
		 more);
	return start("dock", words);
}

static struct run start_tablet(const char *code_file, const char *more)
{
	char words[256];

	snprintf(words, sizeof(words),
		 "127.0.0.1 --name lea --dir %s/tablet --port %s --code-file %s %s",
		 top, port, code_file, more);
	return start("tablet", words);
}

static void put_code(const char *path, const char *code, mode_t mode)
{
	struct ut_err err;

	assert_int_equal(ut_file_write(path, code, strlen(code), mode, true,
				       &err), 0);
}

static bool there(const char *name)
{
	return scratch_has(top, name);
}

static int setup(void **state)
{
	if (scratch_make(top, "cli-enroll"))
		return -1;
	snprintf(port, sizeof(port), "%u", loopback_port());
	return 0;
}

static int teardown(void **state)
{
	return scratch_drop(top);
}

/* --- */

static void test_first_tablet(void **state)
{
	char code[CODE_SIZE], file[128], host[64];
	struct run dock = start_dock(""), tablet;

	gethostname(host, sizeof(host));
	code_of(&dock, code);
	/* It made everything that was missing. */
	assert_true(there("dock/pki/ca.key"));
	assert_true(there("dock/cert.pem"));
	assert_false(there("dock/key.pem.new"));
	assert_non_null(strstr(log_of(&dock), "CA made in"));
	assert_non_null(strstr(log_of(&dock), host));
	snprintf(file, sizeof(file), "%s/code", top);
	put_code(file, code, 0600);
	tablet = start_tablet(file, "");
	if (end(&tablet))
		fail_msg("%s\n%s", log_of(&tablet), log_of(&dock));
	expect(&tablet, "This machine is now the tablet lea.");
	expect(&tablet, "50-dock-");
	assert_int_equal(end(&dock), UT_EXIT_OK);
	expect(&dock, "lea has enrolled as a tablet");
	assert_true(there("tablet/cert.pem"));
	/* The next run uses the same CA and the same certificate. */
	dock = start_dock("--lifetime 60");
	code_of(&dock, code);
	assert_null(strstr(log_of(&dock), "CA made"));
	assert_null(strstr(log_of(&dock), "now has a certificate"));
	kill(dock.pid, SIGINT);
	assert_int_equal(end(&dock), UT_EXIT_FAILURE);
	expect(&dock, "stopped; the code is void");
}

static void test_ca_keeper(void **state)
{
	char code[CODE_SIZE], file[128];
	struct run dock = start_dock("--no-self"), tablet;

	code_of(&dock, code);
	assert_true(there("dock/pki/ca.key"));
	assert_false(there("dock/cert.pem"));
	snprintf(file, sizeof(file), "%s/code", top);
	put_code(file, code, 0600);
	tablet = start_tablet(file, "");
	assert_int_equal(end(&tablet), UT_EXIT_OK);
	expect(&tablet, "name a dock in [tablet]");
	assert_false(there("tablet/conf.d"));
	assert_int_equal(end(&dock), UT_EXIT_OK);
}

static void test_code_file_of_others(void **state)
{
	struct run tablet;
	char file[128];

	snprintf(file, sizeof(file), "%s/code", top);
	put_code(file, "0000-0000-0000-0000-0000\n", 0644);
	tablet = start_tablet(file, "");
	assert_int_equal(end(&tablet), UT_EXIT_PERMISSION);
	put_code(file, "0000-0000\n", 0600);
	tablet = start_tablet(file, "");
	assert_int_equal(end(&tablet), UT_EXIT_USAGE);
	put_code(file, "0000-0000-0000-0000-0000\n", 0600);
	tablet = start_tablet(file, "");
	assert_int_equal(end(&tablet), UT_EXIT_UNREACHABLE);
	assert_null(strstr(log_of(&tablet), "0000"));
}

static void test_wrong_codes(void **state)
{
	struct run dock = start_dock("--tries 2"), tablet;
	char code[CODE_SIZE], file[128];
	int i;

	code_of(&dock, code);
	snprintf(file, sizeof(file), "%s/code", top);
	put_code(file, "0000-0000-0000-0000-0000\n", 0600);
	for (i = 0; i < 2; i++) {
		tablet = start_tablet(file, "");
		assert_int_equal(end(&tablet), UT_EXIT_REFUSED);
		expect(&tablet, "does not know this code");
	}
	assert_int_equal(end(&dock), UT_EXIT_REFUSED);
	expect(&dock, "gave a wrong code; 1 try is left");
	expect(&dock, "the code is void: it was tried in vain 2 times");
}

static void test_port_in_use(void **state)
{
	struct ut_err err;
	int fd = ut_listen_open("0.0.0.0", (uint16_t)atoi(port), &err);
	struct run dock = start_dock("");

	assert_true(fd >= 0);
	assert_int_equal(end(&dock), UT_EXIT_BUSY);
	/* A code that is of no use is never shown. */
	assert_null(strstr(log_of(&dock), "this code"));
	close(fd);
}

static void test_certificate_of_another_ca(void **state)
{
	char words[256], code[CODE_SIZE];
	struct run dock = start_dock("");

	code_of(&dock, code);
	kill(dock.pid, SIGTERM);
	end(&dock);
	snprintf(words, sizeof(words), "--pki %s/pki2", top);
	dock = start_dock(words);
	assert_int_equal(end(&dock), UT_EXIT_CERTIFICATE);
	expect(&dock, "is not from the CA in");
	expect(&dock, "--no-self");
}

static void test_usage(void **state)
{
	static const char *const bad[] = {
		"host --from x", "host --csr x", "--from x --csr y",
		"host more", "--role king", "--port 0", "--lifetime 59",
		"--lifetime 3601", "--tries 0", "--tries 11", "--code-file x",
		"--frobnicate",
	};
	struct run r;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = start("usage", bad[i]);
		if (end(&r) != UT_EXIT_USAGE)
			fail_msg("%s: %s", bad[i], log_of(&r));
	}
}

static void test_files(void **state)
{
	char words[300], csr[128];
	struct run r;

	snprintf(csr, sizeof(csr), "%s/lea.csr", top);
	snprintf(words, sizeof(words), "--csr %s --name lea --dir %s/tablet",
		 csr, top);
	r = start("csr", words);
	assert_int_equal(end(&r), UT_EXIT_OK);
	expect(&r, "the key waits in");
	assert_true(there("lea.csr"));
	assert_true(there("tablet/key.pem.new"));
	r = start("csr", words);
	assert_int_equal(end(&r), UT_EXIT_FAILURE);
	snprintf(words, sizeof(words), "--from %s --dir %s/tablet", csr, top);
	r = start("from", words);
	assert_int_equal(end(&r), UT_EXIT_NOT_FOUND);
}

/* --- on a terminal --- */

static void tablet_words(char *words, size_t size)
{
	snprintf(words, size, "127.0.0.1 --name lea --dir %s/tablet --port %s",
		 top, port);
}

static struct run start_on_terminal(void)
{
	struct run r = { .tty = -1 };
	char words[256];

	tablet_words(words, sizeof(words));
	r.pid = forkpty(&r.tty, NULL, NULL, NULL);
	assert_true(r.pid >= 0);
	if (!r.pid)
		be_command(words);
	return r;
}

/* Reads until @what has appeared; everything so far is in @seen. */
static void see(struct run *r, const char *what, char *seen, size_t size)
{
	struct pollfd p = { .fd = r->tty, .events = POLLIN };
	size_t len = strlen(seen);
	ssize_t n;

	while (!strstr(seen, what)) {
		if (poll(&p, 1, DEADLINE_MS) <= 0)
			fail_msg("not \"%s\" but: %s", what, seen);
		n = read(r->tty, seen + len, size - len - 1);
		if (n <= 0)
			fail_msg("not \"%s\" but: %s", what, seen);
		len += (size_t)n;
		seen[len] = '\0';
	}
}

/* The child's terminal has the same settings as ours. */
static bool echoes(const struct run *r)
{
	struct termios t;

	assert_int_equal(tcgetattr(r->tty, &t), 0);
	return t.c_lflag & ECHO;
}

static void type(const struct run *r, const char *text)
{
	int64_t deadline = ut_clock_ms() + DEADLINE_MS;

	while (echoes(r)) {
		if (ut_clock_ms() > deadline)
			fail_msg("the terminal still echoes");
		poll(NULL, 0, 5);
	}
	assert_int_equal(write(r->tty, text, strlen(text)), strlen(text));
}

static void test_typed_code(void **state)
{
	char code[CODE_SIZE], seen[4096] = "";
	struct run dock = start_dock(""), tablet;

	code_of(&dock, code);
	tablet = start_on_terminal();
	see(&tablet, "as you type): ", seen, sizeof(seen));
	type(&tablet, "0000-0000\n");
	see(&tablet, "8 characters in place of 20", seen, sizeof(seen));
	type(&tablet, code);
	type(&tablet, "\n");
	see(&tablet, "This machine is now the tablet lea", seen, sizeof(seen));
	assert_true(echoes(&tablet));
	assert_null(strstr(seen, code));
	assert_int_equal(end(&tablet), UT_EXIT_OK);
	assert_int_equal(end(&dock), UT_EXIT_OK);
	/* A typing error that could be seen here did not count as a try there. */
	assert_null(strstr(log_of(&dock), "wrong code"));
}

/* However it ends, the terminal is restored. */
static void test_interrupted(void **state)
{
	static const struct {
		const char *key;
		int sig;
	} ends[] = {
		{ "\003", 0 }, { "\034", 0 }, { "", SIGTERM }, { "", SIGHUP },
	};
	struct run tablet;
	char seen[4096];
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		seen[0] = '\0';
		tablet = start_on_terminal();
		see(&tablet, "as you type): ", seen, sizeof(seen));
		type(&tablet, ends[i].key);
		if (ends[i].sig)
			kill(tablet.pid, ends[i].sig);
		see(&tablet, "stopped", seen, sizeof(seen));
		assert_true(echoes(&tablet));
		assert_int_equal(end(&tablet), UT_EXIT_FAILURE);
	}
}

/*
 * Runs the command in the foreground, as a shell does; reports when it is stopped,
 * waits for a line, and continues it.
 */
static void be_shell(const char *words)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		setpgid(0, 0);
		while (tcgetpgrp(0) != getpid())
			poll(NULL, 0, 5);
		be_command(words);
	}
	signal(SIGTTOU, SIG_IGN);
	setpgid(pid, pid);
	tcsetpgrp(0, pid);
	waitpid(pid, &status, WUNTRACED);
	tcsetpgrp(0, getpid());
	printf("%s\n", WIFSTOPPED(status) ? "it waits" : "it has ended");
	fflush(stdout);
	getchar();
	tcsetpgrp(0, pid);
	kill(-pid, SIGCONT);
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

/* A stopped command restores the terminal and asks again when it continues. */
static void test_stopped(void **state)
{
	struct run tablet = { .tty = -1 };
	char seen[4096] = "", words[256];

	tablet_words(words, sizeof(words));
	tablet.pid = forkpty(&tablet.tty, NULL, NULL, NULL);
	assert_true(tablet.pid >= 0);
	if (!tablet.pid)
		be_shell(words);
	see(&tablet, "as you type): ", seen, sizeof(seen));
	type(&tablet, "\032");
	see(&tablet, "it waits", seen, sizeof(seen));
	assert_true(echoes(&tablet));
	seen[0] = '\0';
	assert_int_equal(write(tablet.tty, "\n", 1), 1);
	see(&tablet, "as you type): ", seen, sizeof(seen));
	type(&tablet, "\003");
	see(&tablet, "stopped", seen, sizeof(seen));
	assert_true(echoes(&tablet));
	assert_int_equal(end(&tablet), UT_EXIT_FAILURE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_first_tablet), T(test_ca_keeper),
		T(test_code_file_of_others), T(test_wrong_codes),
		T(test_port_in_use), T(test_certificate_of_another_ca),
		T(test_usage), T(test_files), T(test_typed_code),
		T(test_interrupted), T(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
