// SPDX-License-Identifier: GPL-2.0
/* Writes stunnel.conf: see stunnel.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/stunnel.h"
#include "base/file.h"
#include "policy/config.h"

#define HOST_CHARS "0123456789abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ.:_-"

static void path_of(const struct ut_stunnel *s, char *buf, size_t size)
{
	snprintf(buf, size, "%s/" UT_STUNNEL_FILE, s->dir);
}

int ut_stunnel_check(const struct ut_stunnel *s, struct ut_err *err)
{
	char path[UT_CONFIG_PATH_SIZE];
	int ret;

	if (s->dock && (!s->dock[0] ||
			s->dock[strspn(s->dock, HOST_CHARS)]))
		return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				  "\"%s\" is neither a host name nor an address",
				  s->dock);
	path_of(s, path, sizeof(path));
	if (s->force || access(path, F_OK))
		return 0;
	ret = ut_err_set(err, UT_EXIT_FAILURE, EEXIST, "%s exists already",
			 path);
	ut_err_hint(err, "--force replaces it");
	return ret;
}

static bool is_address(const char *host)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, raw) == 1 ||
	       inet_pton(AF_INET6, host, raw) == 1;
}

static void common(FILE *f)
{
	fprintf(f,
		"; Made by \"usbip-tls pki issue --format stunnel\". The other files of this directory\n"
		"; belong to it. Names of files are relative to the directory in which stunnel is\n"
		"; started, on Windows to that of its stunnel.conf; key.pem is for its owner only.\n"
		"; Small packets, and a peer that vanished.\n"
		"socket = l:TCP_NODELAY=1\n"
		"socket = r:TCP_NODELAY=1\n"
		"socket = l:SO_KEEPALIVE=1\n"
		"socket = r:SO_KEEPALIVE=1\n");
}

/* A device may be silent for as long as it likes. */
static void both(FILE *f)
{
	fprintf(f,
		"cert = cert.pem\n"
		"key = key.pem\n"
		"CAfile = ca.pem\n"
		"verifyChain = yes\n"
		"sslVersionMin = TLSv1.3\n"
		"; As long as stunnel can: 23 days.\n"
		"TIMEOUTidle = 2000000\n");
}

static void tablet(FILE *f, const struct ut_stunnel *s)
{
	fprintf(f,
		"\n"
		"; A tablet: while stunnel runs, the dock is at this machine's own port 3240.\n"
		";     usbip list -r 127.0.0.1\n"
		";     usbip attach -r 127.0.0.1 -b BUSID\n"
		"[usbip]\n"
		"client = yes\n"
		"accept = 127.0.0.1:3240\n"
		"connect = %s:%u\n"
		"delay = yes\n"
		"%s = %s\n", s->dock, s->port,
		is_address(s->dock) ? "checkIP" : "checkHost", s->dock);
	both(f);
}

static void dock(FILE *f, const struct ut_stunnel *s)
{
	fprintf(f,
		"\n"
		"; A dock: tablets with a certificate of the CA come in here, others do not. Behind it\n"
		";     usbipd -4 -t %u\n"
		"; which listens on all addresses: let nobody reach that port from outside. What\n"
		"; stunnel lets in may have every device that is bound, whatever its name is.\n"
		"[usbip]\n"
		"accept = :::%u\n"
		"connect = 127.0.0.1:%u\n"
		"requireCert = yes\n", UT_STUNNEL_USBIPD_PORT, s->port,
		UT_STUNNEL_USBIPD_PORT);
	both(f);
	fprintf(f,
		"; Read when stunnel starts: replace it by the CA's, and start stunnel again, after\n"
		"; each \"usbip-tls pki revoke\".\n"
		"CRLfile = crl.pem\n");
}

int ut_stunnel_write(const struct ut_stunnel *s, struct ut_err *err)
{
	char path[UT_CONFIG_PATH_SIZE];
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int ret;

	if (!f)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot write " UT_STUNNEL_FILE);
	common(f);
	if (s->role == UT_PKI_TABLET)
		tablet(f, s);
	else
		dock(f, s);
	path_of(s, path, sizeof(path));
	if (fclose(f))
		ret = ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				   "cannot write %s", path);
	else
		ret = ut_file_write(path, text, len, 0644, s->force, err);
	free(text);
	return ret;
}
