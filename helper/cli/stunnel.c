// SPDX-License-Identifier: GPL-2.0
/* Writes stunnel.conf: see stunnel.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/stunnel.h"
#include "base/file.h"
#include "policy/config.h"

#define HOST_CHARS "0123456789abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ.:_-"

/* Where usbipd listens behind it. */
#define USBIPD_PORT 3241

static void path_of(const struct ut_pki_issue *req, char *buf, size_t size)
{
	snprintf(buf, size, "%s/" UT_STUNNEL_FILE, req->out);
}

int ut_stunnel_check(const struct ut_pki_issue *req, const char *dock,
		     struct ut_err *err)
{
	char path[UT_CONFIG_PATH_SIZE];

	if (dock && (!dock[0] || dock[strspn(dock, HOST_CHARS)]))
		return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				  "\"%s\" is neither a host name nor an address",
				  dock);
	path_of(req, path, sizeof(path));
	return req->force ? 0 : ut_file_absent(path, "--force replaces it",
					       err);
}

static bool is_address(const char *host)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, raw) == 1 ||
	       inet_pton(AF_INET6, host, raw) == 1;
}

static const char head[] =
"; Made by \"usbip-tls pki issue --format stunnel\". The other files of this directory\n"
"; belong to it. Names of files are relative to the directory in which stunnel is\n"
"; started, on Windows to that of its stunnel.conf; key.pem is for its owner only.\n"
"; Small packets, and a peer that vanished.\n"
"socket = l:TCP_NODELAY=1\n"
"socket = r:TCP_NODELAY=1\n"
"socket = l:SO_KEEPALIVE=1\n"
"socket = r:SO_KEEPALIVE=1\n\n";

/* A device may be silent for as long as it likes. */
static const char both[] =
"cert = cert.pem\n"
"key = key.pem\n"
"CAfile = ca.pem\n"
"verifyChain = yes\n"
"sslVersionMin = TLSv1.3\n"
"; As long as stunnel can: 23 days.\n"
"TIMEOUTidle = 2000000\n";

static const char tablet[] =
"; A tablet: while stunnel runs, the dock is at this machine's own port 3240.\n"
";     usbip list -r 127.0.0.1\n"
";     usbip attach -r 127.0.0.1 -b BUSID\n"
"[usbip]\n"
"client = yes\n"
"accept = 127.0.0.1:3240\n";

static const char dock_revoked[] =
"; Read when stunnel starts: replace it by the CA's, and start stunnel again, after\n"
"; each \"usbip-tls pki revoke\".\n"
"CRLfile = crl.pem\n";

/* The whole text; NULL: no memory. */
static char *make(enum ut_pki_role role, const char *dock, unsigned int port)
{
	char *text;
	int len;

	if (role == UT_PKI_TABLET)
		len = asprintf(&text, "%s%sconnect = %s:%u\ndelay = yes\n%s = %s\n%s",
			       head, tablet, dock, port,
			       is_address(dock) ? "checkIP" : "checkHost", dock,
			       both);
	else
		len = asprintf(&text, "%s"
"; A dock: tablets with a certificate of the CA come in here, others do not. Behind it\n"
";     usbipd -4 -t %u\n"
"; which listens on all addresses: let nobody reach that port from outside. What\n"
"; stunnel lets in may have every device that is bound, whatever its name is.\n"
"[usbip]\n"
"accept = :::%u\n"
"connect = 127.0.0.1:%u\n"
"requireCert = yes\n"
"%s%s",
			       head, USBIPD_PORT, port, USBIPD_PORT, both,
			       dock_revoked);
	return len < 0 ? NULL : text;
}

int ut_stunnel_write(const struct ut_pki_issue *req, const char *dock,
		     uint16_t port, struct ut_err *err)
{
	char path[UT_CONFIG_PATH_SIZE];
	char *text = make(req->role, dock, port);
	int ret;

	path_of(req, path, sizeof(path));
	if (!text)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot write %s", path);
	ret = ut_file_write(path, text, strlen(text), 0644, req->force, err);
	free(text);
	return ret;
}
