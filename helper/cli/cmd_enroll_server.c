// SPDX-License-Identifier: GPL-2.0
/* usbip-tls enroll: shows a code and waits. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cmd_enroll.h"
#include "enroll/self.h"

/**
 * struct show - what the events need to be shown
 * @stop: becomes readable when nobody is to be asked any more
 */
struct show {
	const struct ut_cli_enroll *a;
	const struct ut_code *code;
	int stop;
};

/* "10 minutes", "90 seconds" */
static const char *time_text(unsigned int s, char buf[32])
{
	if (s % 60)
		snprintf(buf, 32, "%u seconds", s);
	else
		snprintf(buf, 32, "%u minute%s", s / 60, s == 60 ? "" : "s");
	return buf;
}

static void show_code(const struct show *show)
{
	const struct ut_cli_enroll *a = show->a;
	struct ut_self_addresses here;
	char text[UT_CODE_TEXT_SIZE], name[UT_PKI_NAME_SIZE], time[32];
	char port[32] = "";
	size_t i;

	if (a->port != UT_ENROLL_PORT)
		snprintf(port, sizeof(port), " --port %u", a->port);
	ut_code_text(show->code, text);
	printf("On the new %s type:\n\n    sudo usbip-tls enroll %s%s%s\n\nand this code:\n\n    %s\n\n",
	       ut_pki_role_name(a->role),
	       ut_self_name(name, NULL) ? "HOST" : name,
	       a->role == UT_PKI_DOCK ? " --role dock" : "", port, text);
	explicit_bzero(text, sizeof(text));
	if (!ut_self_addresses(&here) && here.n) {
		printf("This machine can also be reached as");
		for (i = 0; i < here.n; i++)
			printf(" %s", here.text[i]);
		printf("\n");
	}
	printf("The code is valid for one %s and for %s. Ctrl-C makes it void.\n",
	       ut_pki_role_name(a->role), time_text(a->lifetime, time));
	fflush(stdout);
}

static void on_event(const struct ut_enroll_event *e, void *arg)
{
	const char *more = e->left == 1 ? "try is" : "tries are";

	switch (e->type) {
	case UT_ENROLL_LISTENING:
		show_code(arg);
		break;
	case UT_ENROLL_WRONG_CODE:
		printf("%s gave a wrong code; %u %s left\n", e->peer, e->left,
		       more);
		break;
	case UT_ENROLL_TURNED_DOWN:
		printf("%s knows the code, but %s%s%s%s; %u %s left\n", e->peer,
		       e->why, e->name[0] ? " (\"" : "", e->name,
		       e->name[0] ? "\")" : "", e->left, more);
		break;
	}
	fflush(stdout);
}

/* A line of the terminal; what was typed before the question does not count. */
static bool read_yes(int stop)
{
	struct pollfd p[] = {
		{ STDIN_FILENO, POLLIN, 0 }, { stop, POLLIN, 0 },
	};
	char line[64];
	ssize_t n;

	tcflush(STDIN_FILENO, TCIFLUSH);
	if (poll(p, 2, UT_ENROLL_APPROVAL_MS) <= 0 || p[1].revents)
		return false;
	n = read(STDIN_FILENO, line, sizeof(line) - 1);
	if (n <= 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return !strcasecmp(line, "y") || !strcasecmp(line, "yes");
}

static bool ask_approval(const char *peer, const char *name, const char *why,
			 void *arg)
{
	const struct show *show = arg;
	bool yes;

	printf("%s knows the code. The name it wants, \"%s\", %s.\nIs this machine meant to have it? (yes or no, within %d seconds) ",
	       peer, name, why, UT_ENROLL_APPROVAL_MS / 1000);
	fflush(stdout);
	yes = read_yes(show->stop);
	printf("%s\n", yes ? "It gets it." : "It does not get it.");
	return yes;
}

/* Ctrl-C as something to poll for, so that the workers end in order. */
static int stop_fd(sigset_t *before)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &stop, before))
		return -errno;
	return signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int wait_for_one(const struct ut_cli_enroll *a,
			const struct ut_pki_store *store,
			const struct ut_self *self, const struct ut_code *code,
			struct ut_pki_cert *made, struct ut_err *err)
{
	struct show show = { .a = a, .code = code };
	struct ut_enroll_server_params params = {
		.store = *store, .role = a->role, .pattern = a->name,
		.force = a->force,
		.config = a->config,
		.approve = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ?
			   ask_approval : NULL,
		.n_address = a->n_address, .dock = self->dock,
		.port = a->port, .lifetime = a->lifetime, .tries = a->tries,
		.code = code, .event = on_event, .arg = &show,
	};
	struct signalfd_siginfo info;
	sigset_t before;
	int ret;

	memcpy(params.address, a->address, sizeof(params.address));
	params.stop = stop_fd(&before);
	if (params.stop < 0)
		return ut_err_errno(err, UT_EXIT_FAILURE, errno,
				    "cannot wait for signals");
	show.stop = params.stop;
	ret = ut_enroll_serve(&params, made, err);
	/* What was asked for has happened: it must not end us now. */
	while (read(params.stop, &info, sizeof(info)) > 0)
		;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(params.stop);
	return ret;
}

static void tell_end(const struct ut_self *self, const struct ut_pki_cert *made)
{
	printf("%s has enrolled as a %s, serial number %s.\n", made->name,
	       ut_pki_role_name(made->role), made->serial);
	if (made->role == UT_PKI_TABLET && self->dock[0])
		printf("Next: say in [policy] which devices it may have, see usbip-tls.conf(5).\n");
	printf("To lock it out later: sudo usbip-tls pki revoke %s\n",
	       made->name);
}

int ut_cli_enroll_server(const struct ut_cli_enroll *a, struct ut_err *err)
{
	const struct ut_pki_store store = {
		.dir = a->pki, .password_file = a->password_file,
		.crl_state = a->tls.crl_state,
	};
	struct ut_pki_cert made;
	struct ut_self self;
	struct ut_code code;
	int ret;

	ret = ut_self_prepare(&store, &a->tls, !a->no_self, &self, err);
	if (ret)
		return ret;
	if (self.made_ca)
		printf("CA made in %s. Its key is not encrypted; let nobody else read the directory.\n",
		       a->pki);
	if (self.made_cert)
		printf("This machine now has a certificate as dock %s: %s\n",
		       self.dock, a->tls.cert);
	ret = ut_code_make(&code, err);
	if (!ret)
		ret = wait_for_one(a, &store, &self, &code, &made, err);
	explicit_bzero(&code, sizeof(code));
	if (!ret)
		tell_end(&self, &made);
	return ret;
}
