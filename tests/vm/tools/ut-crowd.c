// SPDX-License-Identifier: GPL-2.0
/*
 * ut-crowd - many connections that lead to nothing
 *
 * ut-crowd silent|handshake HOST PORT COUNT FIRST ADDRESSES FILE
 *	opens COUNT connections from ADDRESSES source addresses, beginning with
 *	FIRST, and keeps them until it is killed. "silent" sends nothing,
 *	"handshake" a TLS ClientHello and then nothing more, and reads nothing.
 *
 * FILE tells what became of them, as "offered=N answered=N closed=N": how many
 * were connected, how many of those have got an answer, and how many the other
 * side has ended. It is replaced as a whole whenever that changes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_COUNT 1000

struct member {
	gnutls_session_t session;
	bool connected;
	bool answered;
	bool closed;
};

static struct member members[MAX_COUNT];
static struct pollfd fds[MAX_COUNT];
static gnutls_certificate_credentials_t cred;
static bool shake;

static void die(const char *what)
{
	fprintf(stderr, "ut-crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void begin(int i, const struct sockaddr_in *to, uint32_t from)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(from) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("bind");
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) &&
	    errno != EINPROGRESS)
		die("connect");
	fds[i].fd = fd;
	fds[i].events = POLLOUT;
}

/* The ClientHello; GnuTLS then wants to read, and is never asked again. */
static void hello(int i)
{
	struct member *m = &members[i];
	int ret;

	if (gnutls_init(&m->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
			GNUTLS_NO_SIGNAL) ||
	    gnutls_set_default_priority(m->session) ||
	    gnutls_credentials_set(m->session, GNUTLS_CRD_CERTIFICATE, cred))
		die("gnutls");
	gnutls_transport_set_int(m->session, fds[i].fd);
	ret = gnutls_handshake(m->session);
	if (ret != GNUTLS_E_AGAIN && ret != GNUTLS_E_PUSH_ERROR &&
	    ret != GNUTLS_E_PULL_ERROR &&
	    ret != GNUTLS_E_PREMATURE_TERMINATION) {
		fprintf(stderr, "ut-crowd: handshake: %s\n",
			gnutls_strerror(ret));
		exit(1);
	}
}

static void event(int i)
{
	struct member *m = &members[i];
	socklen_t len = sizeof(int);
	char buf[16384];
	int error = 0;
	ssize_t n;

	if (!m->connected) {
		if (getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &len))
			die("getsockopt");
		if (error) {
			errno = error;
			die("connect");
		}
		m->connected = true;
		fds[i].events = POLLIN;
		if (shake)
			hello(i);
		return;
	}
	n = recv(fds[i].fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n > 0) {
		m->answered = true;
	} else if (n == 0 || errno != EAGAIN) {
		m->closed = true;
		close(fds[i].fd);
		fds[i].fd = -1;
	}
}

static void report(int count, const char *file)
{
	int offered = 0, answered = 0, closed = 0, i;
	char temp[256];
	FILE *f;

	for (i = 0; i < count; i++) {
		offered += members[i].connected;
		answered += members[i].answered;
		closed += members[i].closed;
	}
	snprintf(temp, sizeof(temp), "%s.new", file);
	f = fopen(temp, "w");
	if (!f || fprintf(f, "offered=%d answered=%d closed=%d\n", offered,
			  answered, closed) < 0 || fclose(f) ||
	    rename(temp, file))
		die(file);
}

static void serve(int count, const char *file)
{
	int i;

	for (;;) {
		if (poll(fds, (nfds_t)count, -1) < 0)
			die("poll");
		for (i = 0; i < count; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				event(i);
		report(count, file);
	}
}

int main(int argc, char **argv)
{
	const struct rlimit files = { 2 * MAX_COUNT, 2 * MAX_COUNT };
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct in_addr first;
	int count, addresses, i;

	if (argc != 8 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[5], &first) != 1) {
		fprintf(stderr, "usage: ut-crowd silent|handshake HOST PORT COUNT FIRST ADDRESSES FILE\n");
		return 2;
	}
	shake = !strcmp(argv[1], "handshake");
	to.sin_port = htons((uint16_t)atoi(argv[3]));
	count = atoi(argv[4]);
	addresses = atoi(argv[6]);
	if (count < 1 || count > MAX_COUNT || addresses < 1)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (setrlimit(RLIMIT_NOFILE, &files))
		die("setrlimit");
	if (gnutls_certificate_allocate_credentials(&cred))
		die("gnutls");
	for (i = 0; i < count; i++)
		begin(i, &to, ntohl(first.s_addr) + (uint32_t)(i % addresses));
	serve(count, argv[7]);
	return 0;
}
