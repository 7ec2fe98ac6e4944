// SPDX-License-Identifier: GPL-2.0
/*
 * ut-failnew - each allocation on the way to a session fails once
 *
 * ut-failnew ROLE BUSID DEVID        ROLE is dock, vudc or tablet
 *
 * Makes a session again and again; in round N the kernel fails the N-th
 * allocation it makes for this process (/proc/thread-self/fail-nth). A round
 * must end in a session or in an error that says so, and must leave no session
 * behind and no claim on the socket. It ends with the first round in which nothing
 * was left to fail. Needs FAILSLAB with cache-filter and ignore-gfp-wait off.
 *
 * Prints the number of rounds and the errors met; exit 1 if a rule was broken.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loopback.h"
#include "nl/nl.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define MAX_ROUNDS	2000

static int fail_nth = -1;
static unsigned int n_enomem, n_enobufs, n_survived, n_ended;

static void give_up(unsigned int round, const char *what, int ret)
{
	fprintf(stderr, "ut-failnew: round %u: %s: %d (%s)\n", round, what, ret,
		strerror(abs(ret)));
	exit(1);
}

/* 0 disarms. */
static void arm(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fail_nth, text, n, 0) != n)
		die("write " FAIL_NTH);
}

/* Whether the armed failure has not come yet. */
static bool armed(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 1)
		die("read " FAIL_NTH);
	return atoi(text) != 0;
}

/* The keys are for nobody's secrets: no byte is ever sent. */
static void tls_pair(int pair[2])
{
	struct tls12_crypto_info_aes_gcm_128 keys = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
	};

	tcp_pair(pair);
	if (setsockopt(pair[0], SOL_TCP, TCP_ULP, "tls", sizeof("tls")) ||
	    setsockopt(pair[0], SOL_TLS_LEVEL, TLS_TX, &keys, sizeof(keys)) ||
	    setsockopt(pair[0], SOL_TLS_LEVEL, TLS_RX, &keys, sizeof(keys)))
		die("kernel TLS");
}

static int session_new(const struct ut_session_req *req)
{
	struct ut_err err = { 0 };
	struct ut_nl *nl = NULL;
	int session, ret;
	uint32_t id;

	if (ut_nl_open(&nl, &err))
		return -ENOTRECOVERABLE;
	ret = ut_nl_session_new(nl, req, &id, &session, &err);
	if (!ret)
		close(session);
	ut_nl_close(nl);
	return ret;
}

/* Returns whether a failure was injected; the rules are checked here. */
static bool round_of(unsigned int n, struct ut_session_req *req)
{
	struct ut_err err = { 0 };
	struct ut_nl *nl = NULL;
	int pair[2], session = -1, ret;
	bool hit;
	uint32_t id;

	tls_pair(pair);
	req->fd = pair[0];
	if (ut_nl_open(&nl, &err))
		give_up(n, err.msg, -1);

	arm(n);
	ret = ut_nl_session_new(nl, req, &id, &session, &err);
	hit = !armed();
	arm(0);

	switch (ret) {
	case 0:
		close(session);
		n_survived += hit;
		break;
	case -ENOMEM:
		n_enomem++;
		break;
	case -ENOBUFS:
		n_enobufs++;
		break;
	default:
		give_up(n, "the error does not tell of memory", ret);
	}
	if (!hit && ret)
		give_up(n, "failed without a cause", ret);
	if (!hit && n == 1)
		give_up(n, "no allocation can fail; is failslab set up?", 0);
	ut_nl_close(nl);

	/*
	 * After an error the socket belongs to nobody again. If the session was
	 * there already, its end has ended the connection.
	 */
	if (ret) {
		ret = session_new(req);
		if (ret == -ENOTCONN)
			n_ended++;
		else if (ret)
			give_up(n, "no second session on the same socket", ret);
	}
	close(pair[0]);
	close(pair[1]);
	return hit;
}

static size_t sessions_left(void)
{
	struct ut_session *list = NULL;
	struct ut_err err = { 0 };
	struct ut_nl *nl = NULL;
	size_t n = 0;

	if (ut_nl_open(&nl, &err) || ut_nl_session_all(nl, &list, &n, &err)) {
		fprintf(stderr, "ut-failnew: %s\n", err.msg);
		exit(1);
	}
	free(list);
	ut_nl_close(nl);
	return n;
}

static enum usbip_tls_role role_of(const char *name)
{
	if (!strcmp(name, "dock"))
		return USBIP_TLS_ROLE_DOCK;
	if (!strcmp(name, "vudc"))
		return USBIP_TLS_ROLE_DOCK_VUDC;
	if (!strcmp(name, "tablet"))
		return USBIP_TLS_ROLE_TABLET;
	fprintf(stderr, "ut-failnew: role %s is unknown\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct ut_session_req req = { .peer = "ut-failnew" };
	size_t before, after;
	unsigned int n;

	if (argc != 4) {
		fprintf(stderr, "usage: ut-failnew ROLE BUSID DEVID\n");
		return 2;
	}
	req.role = role_of(argv[1]);
	req.busid = argv[2];
	req.devid = strtoul(argv[3], NULL, 0);

	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		die(FAIL_NTH);
	before = sessions_left();
	for (n = 1; n <= MAX_ROUNDS; n++) {
		if (!round_of(n, &req))
			break;
	}
	if (n > MAX_ROUNDS)
		give_up(n, "no end in sight", 0);
	after = sessions_left();
	printf("%s: %u allocations failed in turn: %u ENOMEM, %u ENOBUFS, %u without effect, %u ended the connection; sessions before %zu, after %zu\n",
	       argv[1], n - 1, n_enomem, n_enobufs, n_survived, n_ended, before,
	       after);
	return before != after;
}
