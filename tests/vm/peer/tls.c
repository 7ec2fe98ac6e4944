// SPDX-License-Identifier: GPL-2.0
/* One connection, with TLS or without, with deadlines, and how it ended. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

#define POLL_MS 100

int64_t peer_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void peer_die(enum peer_exit code, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("ut-peer: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(code);
}

static void check(int ret, const char *what)
{
	if (ret < 0)
		peer_die(PEER_SETUP, "%s: %s", what, gnutls_strerror(ret));
}

static void load(struct peer *p, const struct peer_opts *o)
{
	char ca[512], cert[512], key[512];

	check(gnutls_certificate_allocate_credentials(&p->cred), "credentials");
	if (!o->pki)
		return;
	snprintf(ca, sizeof(ca), "%s/ca.pem", o->pki);
	snprintf(cert, sizeof(cert), "%s/cert.pem", o->pki);
	snprintf(key, sizeof(key), "%s/key.pem", o->pki);
	check(gnutls_certificate_set_x509_trust_file(p->cred, ca,
						     GNUTLS_X509_FMT_PEM), ca);
	check(gnutls_certificate_set_x509_key_file(p->cred, cert, key,
						   GNUTLS_X509_FMT_PEM), cert);
}

/* Reads return after POLL_MS, so that deadlines can be looked at. */
static void prepare(struct peer *p, unsigned int flags,
		    const struct peer_opts *o)
{
	const struct timeval tv = { .tv_usec = POLL_MS * 1000 };
	const char *where = NULL;
	int one = 1;

	setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	p->deadline = peer_now() + o->seconds * 1000;
	if (o->plain)
		return;
	check(gnutls_init(&p->s, flags), "session");
	if (gnutls_priority_set_direct(p->s, o->priority, &where) < 0)
		peer_die(PEER_USAGE, "priority string: wrong at \"%s\"", where);
	check(gnutls_credentials_set(p->s, GNUTLS_CRD_CERTIFICATE, p->cred),
	      "credentials");
	gnutls_transport_set_int(p->s, p->fd);
}

/* Notes why a call of GnuTLS did not go well. */
static void ended(struct peer *p, ssize_t ret)
{
	switch (ret) {
	case 0:
		p->end = END_CLOSED;
		break;
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		p->end = END_ALERT;
		p->alert = gnutls_alert_get(p->s);
		break;
	case GNUTLS_E_PREMATURE_TERMINATION:
		p->end = END_TRUNCATED;
		break;
	case GNUTLS_E_PUSH_ERROR:
	case GNUTLS_E_PULL_ERROR:
		p->end = END_RESET;
		break;
	default:
		p->end = END_FAILED;
		fprintf(stderr, "ut-peer: TLS: %s\n",
			gnutls_strerror((int)ret));
	}
}

/* Whether a call may be made again. */
static bool again(struct peer *p, ssize_t ret)
{
	if (ret != GNUTLS_E_AGAIN && ret != GNUTLS_E_INTERRUPTED &&
	    ret != GNUTLS_E_WARNING_ALERT_RECEIVED)
		return false;
	if (peer_now() < p->deadline)
		return true;
	p->end = END_TIMEOUT;
	return false;
}

static bool handshake(struct peer *p)
{
	int ret;

	do {
		ret = gnutls_handshake(p->s);
	} while (ret < 0 && again(p, ret));
	if (ret < 0) {
		if (p->end == END_NONE)
			ended(p, ret);
		return false;
	}
	printf("handshake %s %s\n",
	       gnutls_protocol_get_name(gnutls_protocol_get_version(p->s)),
	       gnutls_cipher_get_name(gnutls_cipher_get(p->s)));
	fflush(stdout);
	return true;
}

void peer_connect(struct peer *p, const struct peer_opts *o)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *ai;
	int ret = getaddrinfo(o->host, o->port, &hints, &list);

	memset(p, 0, sizeof(*p));
	if (ret)
		peer_die(PEER_SETUP, "%s: %s", o->host, gai_strerror(ret));
	for (p->fd = -1, ai = list; ai && p->fd < 0; ai = ai->ai_next) {
		p->fd = socket(ai->ai_family, ai->ai_socktype, 0);
		if (p->fd >= 0 && connect(p->fd, ai->ai_addr, ai->ai_addrlen)) {
			close(p->fd);
			p->fd = -1;
		}
	}
	freeaddrinfo(list);
	if (p->fd < 0)
		peer_die(PEER_SETUP, "%s port %s: %s", o->host, o->port,
			 strerror(errno));
	if (!o->plain)
		load(p, o);
	prepare(p, GNUTLS_CLIENT, o);
	if (!o->plain && !handshake(p)) {
		peer_print_end(p);
		peer_die(PEER_SETUP, "no handshake");
	}
}

int peer_listen(const struct peer_opts *o)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT,
		.sin6_port = htons((uint16_t)atoi(o->port)),
	};
	int fd = socket(AF_INET6, SOCK_STREAM, 0), one = 1, off = 0;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 8))
		peer_die(PEER_SETUP, "port %s: %s", o->port, strerror(errno));
	printf("listening %s\n", o->port);
	fflush(stdout);
	return fd;
}

/* Returns false if the client gave up or was refused. */
bool peer_accept(struct peer *p, const struct peer_opts *o, int listener,
		 bool tickets)
{
	unsigned int flags = GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET;
	gnutls_datum_t key;

	memset(p, 0, sizeof(*p));
	p->fd = accept(listener, NULL, NULL);
	if (p->fd < 0)
		peer_die(PEER_SETUP, "accept: %s", strerror(errno));
	load(p, o);
	prepare(p, tickets ? flags : flags | GNUTLS_NO_TICKETS, o);
	if (tickets) {
		check(gnutls_session_ticket_key_generate(&key), "ticket key");
		check(gnutls_session_ticket_enable_server(p->s, &key),
		      "tickets");
		gnutls_memset(key.data, 0, key.size);
		gnutls_free(key.data);
	}
	gnutls_certificate_server_set_request(p->s, o->anonymous ?
					      GNUTLS_CERT_IGNORE :
					      GNUTLS_CERT_REQUIRE);
	if (handshake(p))
		return true;
	peer_print_end(p);
	return false;
}

void peer_close(struct peer *p)
{
	if (p->s) {
		gnutls_deinit(p->s);
		gnutls_certificate_free_credentials(p->cred);
	}
	close(p->fd);
}

/* As the functions of GnuTLS, in its error numbers. */
static ssize_t plain_result(ssize_t ret, int failed)
{
	if (ret >= 0)
		return ret;
	return errno == EAGAIN || errno == EINTR ? GNUTLS_E_AGAIN : failed;
}

static ssize_t send_some(struct peer *p, const void *buf, size_t len)
{
	if (p->s)
		return gnutls_record_send(p->s, buf, len);
	return plain_result(send(p->fd, buf, len, MSG_NOSIGNAL),
			    GNUTLS_E_PUSH_ERROR);
}

static ssize_t recv_some(struct peer *p, void *buf, size_t len)
{
	if (p->s)
		return gnutls_record_recv(p->s, buf, len);
	return plain_result(recv(p->fd, buf, len, 0), GNUTLS_E_PULL_ERROR);
}

/* What became of a part: true if the transfer goes on. */
static bool moved(struct peer *p, ssize_t ret, size_t *done)
{
	if (ret > 0) {
		*done += (size_t)ret;
	} else if (!again(p, ret)) {
		if (p->end == END_NONE)
			ended(p, ret);
		return false;
	}
	return true;
}

bool peer_send(struct peer *p, const void *buf, size_t len)
{
	const uint8_t *b = buf;
	size_t done = 0;

	while (done < len)
		if (!moved(p, send_some(p, b + done, len - done), &done))
			return false;
	return true;
}

bool peer_recv(struct peer *p, void *buf, size_t len)
{
	uint8_t *b = buf;
	size_t done = 0;

	while (done < len)
		if (!moved(p, recv_some(p, b + done, len - done), &done))
			return false;
	return true;
}

/*
 * Throws away what comes until the other side ends it. A send may have failed
 * because of an alert that is still to be read.
 */
void peer_wait_end(struct peer *p, unsigned int seconds)
{
	uint8_t byte;

	p->deadline = peer_now() + seconds * 1000;
	p->end = END_NONE;
	while (peer_recv(p, &byte, 1))
		;
}

void peer_print_end(const struct peer *p)
{
	static const char *const names[] = {
		"none", "close-notify", "alert", "truncated", "reset", "timeout",
		"failed",
	};

	if (p->end == END_ALERT)
		printf("end alert %d\n", p->alert);
	else
		printf("end %s\n", names[p->end]);
	fflush(stdout);
}

bool peer_ended_by_other(const struct peer *p)
{
	return p->end == END_CLOSED || p->end == END_ALERT ||
	       p->end == END_TRUNCATED || p->end == END_RESET;
}
