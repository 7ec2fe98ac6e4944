// SPDX-License-Identifier: GPL-2.0
/*
 * ut-loop - the kernel modules without a helper
 *
 * Makes both ends of a kTLS connection over loopback with keys of its own, so
 * that SESSION_NEW and the session sockets can be tested in one machine, on
 * every cipher, and by the wrong sockets.
 *
 * ut-loop errors BUSID DEVID          each errno of SESSION_NEW in turn
 * ut-loop attach BUSID DEVID SPEED PORT CIPHER VERSION
 *                                     dock and tablet in one machine
 * ut-loop hold BUSID DEVID            a dock's session that no driver has: prints
 *                                     "held ID", "ended" when it is over
 * ut-loop events                      print events until killed
 *
 * Prints what failed and exits 1; 0: all as expected.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>

#include "loopback.h"
#include "nl/nl.h"

static struct ut_nl *nl;

/* Test keys: the direction's number in every byte. */
static int set_keys(int fd, int opt, uint16_t version, uint16_t cipher,
		    uint8_t fill)
{
	union {
		struct tls_crypto_info info;
		struct tls12_crypto_info_aes_gcm_128 gcm128;
		struct tls12_crypto_info_aes_gcm_256 gcm256;
		struct tls12_crypto_info_aes_ccm_128 ccm;
		struct tls12_crypto_info_chacha20_poly1305 chacha;
	} c;
	socklen_t len = 0;

	memset(&c, fill, sizeof(c));
	c.info.version = version;
	c.info.cipher_type = cipher;
	switch (cipher) {
	case TLS_CIPHER_AES_GCM_128:
		memset(c.gcm128.rec_seq, 0, sizeof(c.gcm128.rec_seq));
		len = sizeof(c.gcm128);
		break;
	case TLS_CIPHER_AES_GCM_256:
		memset(c.gcm256.rec_seq, 0, sizeof(c.gcm256.rec_seq));
		len = sizeof(c.gcm256);
		break;
	case TLS_CIPHER_AES_CCM_128:
		memset(c.ccm.rec_seq, 0, sizeof(c.ccm.rec_seq));
		len = sizeof(c.ccm);
		break;
	case TLS_CIPHER_CHACHA20_POLY1305:
		memset(c.chacha.rec_seq, 0, sizeof(c.chacha.rec_seq));
		len = sizeof(c.chacha);
		break;
	}

	return setsockopt(fd, SOL_TLS_LEVEL, opt, &c, len);
}

static void arm_ulp(int fd)
{
	if (setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls")))
		die("TCP_ULP");
}

/* Both ends of one connection; side 0 sends with key 1, side 1 with key 2. */
static void tls_pair(int pair[2], uint16_t version, uint16_t cipher)
{
	int i;

	tcp_pair(pair);
	for (i = 0; i < 2; i++) {
		arm_ulp(pair[i]);
		if (set_keys(pair[i], TLS_TX, version, cipher, 1 + i) ||
		    set_keys(pair[i], TLS_RX, version, cipher, 2 - i))
			die("keys");
	}
}

static struct ut_session_req request(int fd, enum usbip_tls_role role,
				     const char *busid, uint32_t devid)
{
	return (struct ut_session_req){
		.fd = fd, .role = role, .devid = devid, .busid = busid,
		.peer = "ut-loop", .port = 0,
	};
}

static int try_new(const struct ut_session_req *req)
{
	struct ut_err err = { 0 };
	int session, ret;
	uint32_t id;

	ret = ut_nl_session_new(nl, req, &id, &session, &err);
	if (!ret)
		close(session);
	return ret;
}

static int failures;

static void expect(const char *what, int got, int want)
{
	if (got == want)
		return;
	failures++;
	printf("%s: got %d (%s), want %d (%s)\n", what, got, strerror(-got),
	       want, strerror(-want));
}

static void expect_fd(const char *what, int fd, int want, const char *busid,
		      uint32_t devid)
{
	struct ut_session_req req =
		request(fd, USBIP_TLS_ROLE_DOCK, busid, devid);

	expect(what, try_new(&req), want);
}

/* A TLS socket made in a network namespace of its own, passed back. */
static int foreign_socket(void)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte = 0;
	struct iovec vec = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &vec, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int channel[2], fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel))
		die("socketpair");
	if (!fork()) {
		if (unshare(CLONE_NEWNET))
			die("unshare");
		fd = socket(AF_INET, SOCK_STREAM, 0);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		exit(sendmsg(channel[1], &msg, 0) == 1 ? 0 : 1);
	}
	if (recvmsg(channel[0], &msg, 0) != 1)
		die("recvmsg");
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	close(channel[0]);
	close(channel[1]);
	wait(NULL);
	return fd;
}

static int unprivileged_new(const struct ut_session_req *req)
{
	int status;

	if (!fork()) {
		struct ut_err err = { 0 };

		if (setuid(65534) || ut_nl_open(&nl, &err))
			exit(99);
		exit(-try_new(req));
	}
	wait(&status);
	return -WEXITSTATUS(status);
}

static void errors_sockets(const char *busid, uint32_t devid)
{
	int pair[2], fd;

	expect_fd("closed descriptor", 1000, -EBADF, busid, devid);
	fd = open("/dev/null", O_RDWR);
	expect_fd("no socket", fd, -ENOTSOCK, busid, devid);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	expect_fd("UDP", fd, -EPROTONOSUPPORT, busid, devid);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair");
	expect_fd("unix", pair[0], -EPROTONOSUPPORT, busid, devid);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	expect_fd("unconnected", fd, -ENOTCONN, busid, devid);
	tcp_pair(pair);
	expect_fd("no ULP", pair[0], -ENOPROTOOPT, busid, devid);
	arm_ulp(pair[0]);
	expect_fd("no keys", pair[0], -ENOKEY, busid, devid);
	if (set_keys(pair[0], TLS_TX, TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128,
		     1))
		die("TLS_TX");
	expect_fd("sending keys only", pair[0], -ENOKEY, busid, devid);
	tls_pair(pair, TLS_1_3_VERSION, TLS_CIPHER_AES_CCM_128);
	expect_fd("AES-CCM", pair[0], -EOPNOTSUPP, busid, devid);
	expect_fd("other namespace", foreign_socket(), -EXDEV, busid, devid);
}

static void errors_session(const char *busid, uint32_t devid)
{
	struct ut_session_req req, again;
	struct ut_err err = { 0 };
	int pair[2], session;
	uint32_t id;

	tls_pair(pair, TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128);
	expect_fd("other bus id", pair[0], -ENODEV, "9-9", devid);
	expect_fd("other devid", pair[0], -ENODEV, busid, devid + 1);
	expect_fd("empty bus id", pair[0], -EINVAL, "", devid);
	req = request(pair[0], 77, busid, devid);
	expect("unknown role", try_new(&req), -ERANGE);
	req = request(pair[0], USBIP_TLS_ROLE_DOCK, busid, devid);
	expect("unprivileged", unprivileged_new(&req), -EPERM);

	/* A refusal leaves the socket usable. */
	expect("session", ut_nl_session_new(nl, &req, &id, &session, &err), 0);
	again = request(pair[0], USBIP_TLS_ROLE_TABLET, busid, devid);
	expect("socket used twice", try_new(&again), -EBUSY);
	expect("delete", ut_nl_session_del(nl, id, &err), 0);
	expect("delete again", ut_nl_session_del(nl, id, &err), -EALREADY);
	close(session);
	expect("delete after release", ut_nl_session_del(nl, id, &err),
	       -ENOENT);
	expect("unknown id", ut_nl_session_del(nl, 0x7fffffff, &err), -ENOENT);
}

/* A session without TLS is one that somebody has asked for, on a bare socket. */
static void errors_plain(const char *busid, uint32_t devid)
{
	struct ut_session_req req;
	int pair[2];

	tcp_pair(pair);
	req = request(pair[0], USBIP_TLS_ROLE_TABLET, busid, devid);
	req.plain = true;
	expect("plain tablet", try_new(&req), -EINVAL);
	req.role = USBIP_TLS_ROLE_DOCK;
	expect("plain dock", try_new(&req), 0);
	tls_pair(pair, TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128);
	req.fd = pair[0];
	expect("plain with keys", try_new(&req), -EINVAL);
	tcp_pair(pair);
	arm_ulp(pair[0]);
	req.fd = pair[0];
	expect("plain with an ULP", try_new(&req), -EINVAL);
}

/* A session of this role on one end of a connection; -1 if there is none. */
static int session_new(const char *role, const struct ut_session_req *req,
		       uint32_t *id)
{
	struct ut_err err = { 0 };
	int session;

	if (!ut_nl_session_new(nl, req, id, &session, &err))
		return session;
	printf("%s session: %s\n", role, err.msg);
	return -1;
}

/* A driver that does not notice that it has lost the device. */
static int hold(const char *busid, uint32_t devid)
{
	struct ut_session_req req;
	int pair[2], session;
	char pdu[48];
	uint32_t id;

	tls_pair(pair, TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128);
	req = request(pair[0], USBIP_TLS_ROLE_DOCK, busid, devid);
	session = session_new("dock", &req, &id);
	if (session < 0)
		return 1;
	printf("held %u\n", id);
	fflush(stdout);
	if (recv(session, pdu, sizeof(pdu), MSG_WAITALL))
		die("recv");
	puts("ended");
	return 0;
}

static void write_file(const char *path, const char *format, ...)
{
	char text[256];
	va_list ap;
	int fd, n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, n) != n)
		die(path);
	close(fd);
}

static uint16_t cipher_number(const char *name)
{
	if (!strcmp(name, "aes-gcm-128"))
		return TLS_CIPHER_AES_GCM_128;
	if (!strcmp(name, "aes-gcm-256"))
		return TLS_CIPHER_AES_GCM_256;
	if (!strcmp(name, "chacha20-poly1305"))
		return TLS_CIPHER_CHACHA20_POLY1305;
	errno = EINVAL;
	die(name);
	return 0;
}

static int attach(const char *busid, uint32_t devid, const char *speed,
		  const char *port, uint16_t cipher, uint16_t version)
{
	struct ut_session_req req;
	int pair[2], session;
	char path[128];
	uint32_t id;

	tls_pair(pair, version, cipher);
	req = request(pair[0], USBIP_TLS_ROLE_DOCK, busid, devid);
	session = session_new("dock", &req, &id);
	if (session < 0)
		return 1;
	snprintf(path, sizeof(path),
		 "/sys/bus/usb/drivers/usbip-host/%s/usbip_sockfd", busid);
	write_file(path, "%d\n", session);
	close(session);

	req = request(pair[1], USBIP_TLS_ROLE_TABLET, busid, devid);
	req.port = atoi(port);
	session = session_new("tablet", &req, &id);
	if (session < 0)
		return 1;
	write_file("/sys/devices/platform/vhci_hcd.0/attach", "%s %d %u %s\n",
		   port, session, devid, speed);
	close(session);
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static void print_event(enum usbip_tls_cmd cmd, const struct ut_session *s,
			void *arg)
{
	printf("%s id=%u role=%u reason=%u detail=%u tx=%llu rx=%llu limit=%llu\n",
	       cmd == USBIP_TLS_CMD_SESSION_OPENED ? "opened" :
	       cmd == USBIP_TLS_CMD_SESSION_CLOSED ? "closed" :
	       cmd == USBIP_TLS_CMD_KEYS_DUE ? "keys-due" : "unknown",
	       s->id, s->role, s->reason, s->reason_detail,
	       (unsigned long long)s->tx_blocks,
	       (unsigned long long)s->rx_blocks,
	       (unsigned long long)s->block_limit);
	fflush(stdout);
}

static int events(void)
{
	struct ut_nl_events *ev;
	struct ut_err err = { 0 };
	struct pollfd p = { .events = POLLIN };

	if (ut_nl_events_open(&ev, &err)) {
		printf("%s\n", err.msg);
		return 1;
	}
	p.fd = ut_nl_events_fd(ev);
	puts("listening");
	fflush(stdout);
	while (poll(&p, 1, -1) == 1) {
		if (ut_nl_events_read(ev, print_event, NULL, &err)) {
			printf("%s\n", err.msg);
			return 1;
		}
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct ut_err err = { 0 };
	uint32_t devid;

	if (argc == 2 && !strcmp(argv[1], "events"))
		return events();
	if (argc < 4) {
		fprintf(stderr, "usage: see the head of ut-loop.c\n");
		return 2;
	}
	if (ut_nl_open(&nl, &err)) {
		printf("%s\n", err.msg);
		return 1;
	}
	devid = strtoul(argv[3], NULL, 0);
	if (!strcmp(argv[1], "errors")) {
		errors_sockets(argv[2], devid);
		errors_session(argv[2], devid);
		errors_plain(argv[2], devid);
		return failures ? 1 : 0;
	}
	if (!strcmp(argv[1], "hold"))
		return hold(argv[2], devid);
	if (!strcmp(argv[1], "attach") && argc == 8)
		return attach(argv[2], devid, argv[4], argv[5],
			      cipher_number(argv[6]),
			      atoi(argv[7]) == 12 ? TLS_1_2_VERSION :
						    TLS_1_3_VERSION);
	fprintf(stderr, "usage: see the head of ut-loop.c\n");
	return 2;
}
