// SPDX-License-Identifier: GPL-2.0
/* What certificates and the clock mean: see doctor.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "pki/renew.h"

#define CHECK_CERT	"certificate"
#define CHECK_CRL	"revocation-list"
#define CHECK_CLOCK	"clock"

#define DAY		86400

/* The way to a new certificate, whatever is wrong with the old one. */
static void cure_new(struct ut_findings *f, const struct ut_cert_facts *c)
{
	bool dock = c->own.role == UT_PKI_DOCK;

	if (c->cert.error == ENOENT) {
		ut_cure(f, "usbip-tls enroll   (on the dock: makes all it needs, and shows a code)");
		ut_cure(f, "usbip-tls enroll DOCK   (on the tablet, with that code)");
		return;
	}
	ut_cure(f, "usbip-tls enroll --force%s   (on the machine with the authority)",
		dock ? " --role dock" : "");
	ut_cure(f, "usbip-tls enroll HOST --force%s   (here, with the code that it shows)",
		dock ? " --role dock" : "");
}

static const char *role_name(const struct ut_cert_facts *c)
{
	return c->own.role == UT_PKI_DOCK ? "dock" : "tablet";
}

/* False: it cannot be used, and that has been said. */
static bool file_ok(struct ut_findings *f, const struct ut_cert_facts *c,
		    const struct ut_file_facts *file, const char *what,
		    bool root)
{
	if (file->error == EACCES && !root) {
		ut_found(f, UT_LEVEL_SKIP, CHECK_CERT,
			 "%s %s can be read only by root, so it is not checked",
			 what, file->path);
		ut_cure(f, "sudo usbip-tls doctor");
		return false;
	}
	if (file->error == ENOENT) {
		ut_found(f, UT_LEVEL_FAIL, CHECK_CERT, "%s %s is not there",
			 what, file->path);
		cure_new(f, c);
		return false;
	}
	if (file->error) {
		ut_found(f, UT_LEVEL_FAIL, CHECK_CERT,
			 "%s %s cannot be read: %s", what, file->path,
			 strerror(file->error));
		ut_cure(f, "ls -l %s", file->path);
		return false;
	}
	if (file->bad[0]) {
		ut_found(f, UT_LEVEL_FAIL, CHECK_CERT, "%s %s: %s", what,
			 file->path, file->bad);
		cure_new(f, c);
		return false;
	}
	return true;
}

static void dates(struct ut_findings *f, const struct ut_cert_facts *c,
		  time_t now)
{
	char when[64];

	if (c->own.not_after < now) {
		ut_tls_date_text(c->own.not_after, when, sizeof(when));
		ut_found(f, UT_LEVEL_FAIL, CHECK_CERT,
			 "our certificate \"%s\" has expired: it ended on %s",
			 c->name, when);
		cure_new(f, c);
	} else if (c->own.not_before > now) {
		ut_tls_date_text(c->own.not_before, when, sizeof(when));
		ut_found(f, UT_LEVEL_FAIL, CHECK_CERT,
			 "our certificate \"%s\" is not valid yet: it begins on %s, or the clock is wrong",
			 c->name, when);
		ut_cure(f, "timedatectl   (shows the time of this machine)");
		ut_cure(f, "timedatectl set-ntp true   (sets it)");
	} else if (ut_renew_is_due(&c->own, now, c->renew_before)) {
		ut_tls_date_text(c->own.not_after, when, sizeof(when));
		ut_found(f, UT_LEVEL_WARN, CHECK_CERT,
			 "our certificate \"%s\" expires on %s, in %lld days, and has not been renewed yet",
			 c->name, when,
			 (long long)(c->own.not_after - now) / DAY);
		ut_cure(f, "journalctl -u usbip-tls-%s | grep renew   (says why not)",
			role_name(c));
		cure_new(f, c);
	}
}

/* What ca and crl say of it; its dates are a matter of their own. */
static void trusted(struct ut_findings *f, const struct ut_cert_facts *c)
{
	const char *why;
	char text[64];

	switch (c->reason) {
	case UT_TLS_OK:
	case UT_TLS_EXPIRED:
	case UT_TLS_NOT_YET_VALID:
		/* The authority has dates, too. */
		if (c->reason == UT_TLS_OK ||
		    c->when == (int64_t)c->own.not_after ||
		    c->when == (int64_t)c->own.not_before)
			return;
		ut_tls_date_text(c->when, text, sizeof(text));
		ut_found(f, UT_LEVEL_FAIL, CHECK_CERT,
			 "a certificate of the authority in %s is not valid at this time (%s)",
			 c->ca.path, text);
		ut_cure(f, "usbip-tls pki init --force; then enrol all machines again   (on the machine with the authority)");
		return;
	case UT_TLS_UNKNOWN_CA:
		why = "is not from the authority in ca";
		break;
	case UT_TLS_REVOKED:
		why = "is revoked by the list in crl";
		break;
	case UT_TLS_WRONG_ROLE:
		why = "is neither for a dock nor for a tablet";
		break;
	default:
		why = "is damaged or too weak";
		break;
	}
	ut_found(f, UT_LEVEL_FAIL, CHECK_CERT, "our certificate \"%s\" %s",
		 c->name, why);
	cure_new(f, c);
}

static void check_key(struct ut_findings *f, const struct ut_cert_facts *c,
		      bool root)
{
	if (!file_ok(f, c, &c->key, "the key", root))
		return;
	if (c->key_fits)
		return;
	ut_found(f, UT_LEVEL_FAIL, CHECK_CERT,
		 "the key %s does not belong to the certificate %s",
		 c->key.path, c->cert.path);
	cure_new(f, c);
}

static void check_crl(struct ut_findings *f, const struct ut_cert_facts *c,
		      time_t now, bool root)
{
	char when[64];

	if (!c->crl.path[0]) {
		ut_found(f, UT_LEVEL_WARN, CHECK_CRL,
			 "[tls] has no crl: certificates that were revoked are accepted");
		ut_cure(f, "put \"crl = " UT_CONFIG_DIR "/crl.pem\" into [tls], and copy that file there");
		return;
	}
	if (!file_ok(f, c, &c->crl, "the revocation list", root))
		return;
	if (!c->crl_next || c->crl_next >= now) {
		ut_found(f, UT_LEVEL_OK, CHECK_CRL, "%s is up to date",
			 c->crl.path);
		return;
	}
	ut_tls_date_text(c->crl_next, when, sizeof(when));
	ut_found(f, UT_LEVEL_WARN, CHECK_CRL,
		 "%s is old: a new one was due on %s; what was revoked since is accepted",
		 c->crl.path, when);
	ut_cure(f, "scp AUTHORITY:" UT_CONFIG_DIR "/pki/crl.pem %s",
		c->crl.path);
}

void ut_doctor_cert(struct ut_findings *f, const struct ut_cert_facts *c,
		    time_t now, bool root)
{
	size_t before = json_object_array_length(f->checks);
	char when[64];
	bool ca;

	if (!file_ok(f, c, &c->cert, "our certificate", root))
		return;
	ca = file_ok(f, c, &c->ca, "the certificate of the authority", root);
	if (c->own.role == UT_PKI_CA || c->own.role == UT_PKI_OTHER) {
		ut_found(f, UT_LEVEL_FAIL, CHECK_CERT,
			 "our certificate \"%s\" has the wrong role: it is %s",
			 c->name, c->own.role == UT_PKI_CA ?
			 "that of an authority" :
			 "neither for a dock nor for a tablet");
		cure_new(f, c);
	} else if (ca) {
		trusted(f, c);
	}
	dates(f, c, now);
	check_key(f, c, root);
	if (json_object_array_length(f->checks) == before) {
		ut_tls_date_text(c->own.not_after, when, sizeof(when));
		ut_found(f, UT_LEVEL_OK, CHECK_CERT,
			 "this machine is %s \"%s\", until %s", role_name(c),
			 c->name, when);
	}
	check_crl(f, c, now, root);
}

void ut_doctor_clock(struct ut_findings *f, const struct ut_clock_facts *c)
{
	bool early = c->not_before && c->now < c->not_before;
	char now[64], then[64];

	ut_tls_date_text(c->now, now, sizeof(now));
	/* Times of files are from other machines, too: some leeway. */
	if (early || c->now + DAY < c->program) {
		ut_tls_date_text(early ? c->not_before : c->program, then,
				 sizeof(then));
		ut_found(f, UT_LEVEL_FAIL, CHECK_CLOCK,
			 "the clock is wrong: it says %s, but %s is from %s", now,
			 early ? "our certificate" : "this program", then);
		ut_cure(f, "timedatectl set-ntp true   (by a time server)");
		ut_cure(f, "timedatectl set-time 'YYYY-MM-DD HH:MM:SS'   (by hand)");
	} else if (!c->synced) {
		ut_found(f, UT_LEVEL_WARN, CHECK_CLOCK,
			 "%s; the clock is not synchronized, and certificates need the time",
			 now);
		ut_cure(f, "timedatectl set-ntp true");
		ut_cure(f, "apt install systemd-timesyncd   (if that says it is not supported)");
	} else {
		ut_found(f, UT_LEVEL_OK, CHECK_CLOCK, "%s%s", now,
			 c->synced == 1 ? ", synchronized" : "");
	}
}
