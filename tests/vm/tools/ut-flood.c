// SPDX-License-Identifier: GPL-2.0
/*
 * ut-flood - many connections a second, from one address
 *
 * ut-flood HOST PORT SECONDS RATE
 *	connects again and again, RATE times a second, sends the beginning of a TLS
 *	ClientHello, and hangs up, for so long or until SIGTERM. Prints "connected=N
 *	refused=N seconds=S": how often it got through, and how often the other side
 *	had ended the connection before.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 128

static const unsigned char hello[] = {
	22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9,
};

static struct pollfd p[AT_ONCE];
static unsigned long connected, refused;
static volatile sig_atomic_t over;

static void on_signal(int sig)
{
	over = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "ut-flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void begin(int i, const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket");
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) &&
	    errno != EINPROGRESS)
		die("connect");
	p[i] = (struct pollfd){ fd, POLLOUT, 0 };
}

/* By a reset: else ports run out. */
static void hang_up(int i)
{
	const struct linger reset = { .l_onoff = 1 };
	socklen_t len = sizeof(int);
	int error = 0;

	getsockopt(p[i].fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error || send(p[i].fd, hello, sizeof(hello), MSG_NOSIGNAL) < 0)
		refused++;
	else
		connected++;
	setsockopt(p[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(p[i].fd);
	p[i].fd = -1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	unsigned long begun = 0;
	double start = now(), end, rate;
	int i;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: ut-flood HOST PORT SECONDS RATE\n");
		return 2;
	}
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	end = start + atof(argv[3]);
	rate = atof(argv[4]);
	for (i = 0; i < AT_ONCE; i++)
		p[i].fd = -1;
	signal(SIGTERM, on_signal);
	while (!over && now() < end) {
		if (poll(p, AT_ONCE, 10) < 0 && errno != EINTR)
			die("poll");
		for (i = 0; i < AT_ONCE; i++) {
			if (p[i].fd >= 0 && p[i].revents)
				hang_up(i);
			if (p[i].fd < 0 &&
			    (double)begun < (now() - start) * rate) {
				begin(i, &to);
				begun++;
			}
		}
	}
	printf("connected=%lu refused=%lu seconds=%.1f\n", connected, refused,
	       now() - start);
	return 0;
}
