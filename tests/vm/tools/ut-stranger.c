// SPDX-License-Identifier: GPL-2.0
/*
 * ut-stranger - a peer that is not one of ours
 *
 * ut-stranger raw HOST PORT [-s HEX]
 *	connects, sends the bytes, and tells what comes back
 * ut-stranger tls HOST PORT [-c CERT -k KEY] [-p PRIORITY]
 *	the same with TLS: it takes any certificate, shows the one it is given,
 *	and asks for the list of devices
 * ut-stranger serve-raw PORT [-s HEX]
 * ut-stranger serve-tls PORT [-c CERT -k KEY] [-p PRIORITY]
 *	the false dock: takes one connection and treats it the same way; raw
 *	waits for the first bytes before it sends its own
 *
 * HOST is an IPv4 address. Prints lines of a word and what belongs to it:
 *	handshake TLS1.3	it is done (TLS only)
 *	data HEX		what came, application data if it is TLS
 *	end WHY			alert N, closed (an orderly end), truncated (the
 *				end of the stream alone), reset, silent (nothing
 *				more for 15 s), error TEXT
 * and exits 0; 1 if there was no connection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SILENT_MS	15000
#define MAX_DATA	65536

struct options {
	bool tls;
	bool serve;
	const char *host;
	int port;
	const char *cert;
	const char *key;
	const char *priority;
	unsigned char send[1024];
	size_t send_len;
};

static unsigned char data[MAX_DATA];
static size_t data_len;

static void die(const char *what)
{
	fprintf(stderr, "ut-stranger: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void check(int ret, const char *what)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "ut-stranger: %s: %s\n", what, gnutls_strerror(ret));
	exit(1);
}

static int dial(const struct options *o)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)o->port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || inet_pton(AF_INET, o->host, &addr.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("connect");
	return fd;
}

static int take(const struct options *o)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)o->port) };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	const int on = 1;
	int fd;

	if (listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, 1))
		die("listen");
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("accept");
	close(listener);
	return fd;
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, SILENT_MS) > 0;
}

static void print_data(void)
{
	size_t i;

	printf("data ");
	for (i = 0; i < data_len; i++)
		printf("%02x", data[i]);
	printf("\n");
}

static void raw_send(int fd, const struct options *o)
{
	if (o->send_len &&
	    send(fd, o->send, o->send_len, MSG_NOSIGNAL) < 0)
		die("send");
}

static void run_raw(int fd, const struct options *o)
{
	const char *end = "silent";
	ssize_t n;

	if (!o->serve)
		raw_send(fd, o);
	while (data_len < MAX_DATA && readable(fd)) {
		n = recv(fd, data + data_len, MAX_DATA - data_len, 0);
		if (n <= 0) {
			end = n ? "reset" : "truncated";
			break;
		}
		if (o->serve && !data_len) {
			raw_send(fd, o);
			shutdown(fd, SHUT_WR);
		}
		data_len += (size_t)n;
	}
	print_data();
	printf("end %s\n", end);
}

static void print_end(gnutls_session_t session, ssize_t ret)
{
	switch (ret) {
	case 0:
		printf("end closed\n");
		break;
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
	case GNUTLS_E_WARNING_ALERT_RECEIVED:
		printf("end alert %d\n", gnutls_alert_get(session));
		break;
	case GNUTLS_E_PREMATURE_TERMINATION:
		printf("end truncated\n");
		break;
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		printf("end reset\n");
		break;
	case GNUTLS_E_TIMEDOUT:
		printf("end silent\n");
		break;
	default:
		printf("end error %s\n", gnutls_strerror((int)ret));
	}
}

static gnutls_session_t tls_session(int fd, const struct options *o)
{
	gnutls_certificate_credentials_t cred;
	gnutls_session_t session;

	check(gnutls_certificate_allocate_credentials(&cred), "credentials");
	if (o->cert)
		check(gnutls_certificate_set_x509_key_file(cred, o->cert,
							   o->key,
							   GNUTLS_X509_FMT_PEM),
		      "certificate");
	check(gnutls_init(&session, (o->serve ? GNUTLS_SERVER : GNUTLS_CLIENT) |
			  GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS |
			  GNUTLS_FORCE_CLIENT_CERT), "session");
	check(gnutls_priority_set_direct(session, o->priority, NULL),
	      "priority");
	check(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, cred),
	      "credentials");
	if (o->serve)
		gnutls_certificate_server_set_request(session,
						      GNUTLS_CERT_REQUEST);
	gnutls_transport_set_int(session, fd);
	gnutls_handshake_set_timeout(session, SILENT_MS);
	gnutls_record_set_timeout(session, SILENT_MS);
	return session;
}

static void run_tls(int fd, const struct options *o)
{
	static const unsigned char ask[8] = { 1, 0x11, 0x80, 5, 0, 0, 0, 0 };
	gnutls_session_t session = tls_session(fd, o);
	ssize_t ret;

	do {
		ret = gnutls_handshake(session);
	} while (ret < 0 && !gnutls_error_is_fatal((int)ret));
	if (ret < 0) {
		if (ret != GNUTLS_E_FATAL_ALERT_RECEIVED)
			gnutls_alert_send_appropriate(session, (int)ret);
		print_data();
		print_end(session, ret);
		return;
	}
	printf("handshake %s\n",
	       gnutls_protocol_get_name(gnutls_protocol_get_version(session)));
	/* Whether it can still be sent or not, the answer is what counts. */
	if (!o->serve)
		(void)gnutls_record_send(session, ask, sizeof(ask));
	while (data_len < MAX_DATA) {
		ret = gnutls_record_recv(session, data + data_len,
					 MAX_DATA - data_len);
		if (ret > 0)
			data_len += (size_t)ret;
		else if (ret != GNUTLS_E_AGAIN && ret != GNUTLS_E_INTERRUPTED)
			break;
	}
	print_data();
	print_end(session, ret);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: ut-stranger raw|tls HOST PORT [-s HEX] [-c CERT -k KEY] [-p PRIORITY]\n"
		"       ut-stranger serve-raw|serve-tls PORT ...\n");
	exit(2);
}

static void parse_hex(struct options *o, const char *hex)
{
	unsigned int byte;

	for (; hex[0]; hex += 2) {
		if (o->send_len == sizeof(o->send) || !hex[1] ||
		    sscanf(hex, "%2x", &byte) != 1)
			usage();
		o->send[o->send_len++] = (unsigned char)byte;
	}
}

static void parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "s:c:k:p:")) != -1) {
		switch (c) {
		case 's':
			parse_hex(o, optarg);
			break;
		case 'c':
			o->cert = optarg;
			break;
		case 'k':
			o->key = optarg;
			break;
		case 'p':
			o->priority = optarg;
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < 2)
		usage();
	o->tls = strstr(argv[0], "tls");
	o->serve = !strncmp(argv[0], "serve-", 6);
	if (argc != (o->serve ? 2 : 3) || !o->cert != !o->key)
		usage();
	o->host = argv[1];
	o->port = atoi(argv[argc - 1]);
}

int main(int argc, char **argv)
{
	struct options o = { .priority = "NORMAL" };
	int fd;

	parse(&o, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	fd = o.serve ? take(&o) : dial(&o);
	if (o.tls)
		run_tls(fd, &o);
	else
		run_raw(fd, &o);
	return 0;
}
