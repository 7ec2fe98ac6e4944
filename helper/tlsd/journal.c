// SPDX-License-Identifier: GPL-2.0
/* Messages with fields, for systemd-journald: see daemon.h. */
/* Readers of the journal have no use for the place in our source. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <stdio.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include "base/err.h"
#include "tlsd/daemon.h"

#define MAX_FIELDS	12
#define FIELD_SIZE	1280

/**
 * struct entry - one entry
 * @text: of each field, "NAME=value"
 * @v: the same for the library
 * @n: how many
 */
struct entry {
	char text[MAX_FIELDS][FIELD_SIZE];
	struct iovec v[MAX_FIELDS];
	int n;
};

/* Values may be from a peer: no byte of them begins a field of its own. */
static void add(struct entry *e, const char *name, const char *value)
{
	char *text = e->text[e->n];
	int len;

	if (!value || !value[0] || e->n == MAX_FIELDS)
		return;
	len = snprintf(text, FIELD_SIZE, "%s=%s", name, value);
	ut_sanitize(text);
	if (len >= FIELD_SIZE)
		len = FIELD_SIZE - 1;
	e->v[e->n].iov_base = text;
	e->v[e->n].iov_len = (size_t)len;
	e->n++;
}

static void add_number(struct entry *e, const char *name, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	add(e, name, text);
}

static void add_about(struct entry *e, const struct ut_log_about *a)
{
	add(e, "USBIP_TLS_PEER", a->peer);
	add(e, "USBIP_TLS_ADDRESS", a->address);
	add(e, "USBIP_TLS_BUSID", a->busid);
	add(e, "USBIP_TLS_ROLE", a->role);
	add(e, "USBIP_TLS_REASON", a->reason);
	add(e, "USBIP_TLS_EXPIRES", a->expires);
	if (a->session)
		add_number(e, "USBIP_TLS_SESSION", a->session);
	if (a->port)
		add_number(e, "USBIP_TLS_PORT", a->port - 1);
}

bool ut_journal_send(const char *ident, enum ut_log_level level,
		     enum ut_log_id id, const struct ut_log_about *about,
		     const char *text)
{
	struct entry e;

	e.n = 0;
	add(&e, "MESSAGE", text);
	add_number(&e, "PRIORITY", level);
	add(&e, "SYSLOG_IDENTIFIER", ident);
	add(&e, "MESSAGE_ID", ut_log_id_hex(id));
	if (about)
		add_about(&e, about);
	return !sd_journal_sendv(e.v, e.n);
}
