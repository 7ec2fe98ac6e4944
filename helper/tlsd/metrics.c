// SPDX-License-Identifier: GPL-2.0
/* Counting, and writing the metrics file in time: see metrics.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "tlsd/metrics.h"

void ut_metrics_count(struct ut_metrics_counts *c, enum usbip_tls_cmd cmd,
		      const struct ut_session *s)
{
	if (cmd == USBIP_TLS_CMD_SESSION_OPENED)
		ut_tally(&c->opened, ut_role_name(s->role));
	if (cmd != USBIP_TLS_CMD_SESSION_CLOSED)
		return;
	ut_tally(&c->closed, ut_reason_name(s->reason));
	if (s->reason == USBIP_TLS_REASON_BAD_PDU)
		ut_tally(&c->violations, ut_violation_name(s->reason_detail));
}

void ut_metrics_end(struct ut_metrics *m)
{
	if (m->file[0] && unlink(m->file) && errno != ENOENT)
		ut_log_warn("cannot delete %s: %s", m->file, strerror(errno));
	m->file[0] = '\0';
}

void ut_metrics_set(struct ut_metrics *m, const char *file,
		    unsigned int interval)
{
	if (strcmp(m->file, file))
		ut_metrics_end(m);
	snprintf(m->file, sizeof(m->file), "%s", file);
	m->interval = interval * 1000LL;
	m->next = ut_clock_ms();
	m->said[0] = '\0';
}

int ut_metrics_timeout(const struct ut_metrics *m)
{
	return m->file[0] ? ut_clock_left(m->next) : -1;
}

bool ut_metrics_due(struct ut_metrics *m)
{
	if (!m->file[0] || ut_clock_left(m->next))
		return false;
	m->next = ut_clock_ms() + m->interval;
	return true;
}

static int publish(const struct ut_metrics *m,
		   const struct ut_metrics_facts *facts, struct ut_err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int ret;

	if (f)
		ut_metrics_format(f, facts);
	if (!f || fclose(f)) {
		free(text);
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot write %s", m->file);
	}
	ret = ut_file_publish(m->file, text, len, 0644, err);
	free(text);
	return ret;
}

void ut_metrics_write(struct ut_metrics *m,
		      const struct ut_metrics_facts *facts)
{
	struct ut_err err;

	ut_err_clear(&err);
	if (!publish(m, facts, &err)) {
		m->said[0] = '\0';
		return;
	}
	if (strcmp(m->said, err.msg))
		ut_log_warn("metrics: %s", err.msg);
	snprintf(m->said, sizeof(m->said), "%s", err.msg);
}
