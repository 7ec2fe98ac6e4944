// SPDX-License-Identifier: GPL-2.0
/* Counting, and writing the metrics file in time: see metrics.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "control/session_json.h"
#include "tlsd/metrics.h"

void ut_metrics_count(struct ut_metrics_counts *c, enum usbip_tls_cmd cmd,
		      const struct ut_session *s)
{
	if (cmd == USBIP_TLS_CMD_SESSION_OPENED)
		ut_json_count(&c->opened, ut_role_name(s->role), 1);
	if (cmd != USBIP_TLS_CMD_SESSION_CLOSED)
		return;
	ut_json_count(&c->closed, ut_reason_name(s->reason), 1);
	if (s->reason == USBIP_TLS_REASON_BAD_PDU)
		ut_json_count(&c->violations,
			      ut_violation_name(s->reason_detail), 1);
}

void ut_metrics_counts_free(struct ut_metrics_counts *c)
{
	json_object_put(c->opened);
	json_object_put(c->closed);
	json_object_put(c->violations);
	memset(c, 0, sizeof(*c));
}

int ut_metrics_sessions(struct json_object *report, const struct ut_session *s,
			size_t n, bool dock, bool tablet)
{
	const char *role = ut_role_name(USBIP_TLS_ROLE_TABLET);
	struct json_object *open = json_object_new_object(), *one;
	struct json_object *array = ut_json_array(report, "sessions");
	size_t i;

	json_object_object_add(report, "open", open);
	if (!open || !array)
		return -ENOMEM;
	/* Also of what there is none. */
	if (dock) {
		ut_json_count(&open, ut_role_name(USBIP_TLS_ROLE_DOCK), 0);
		ut_json_count(&open, ut_role_name(USBIP_TLS_ROLE_DOCK_VUDC), 0);
	}
	if (tablet)
		ut_json_count(&open, role, 0);
	for (i = 0; i < n; i++) {
		if (s[i].state == USBIP_TLS_STATE_CLOSED ||
		    !(s[i].role == USBIP_TLS_ROLE_TABLET ? tablet : dock))
			continue;
		ut_json_count(&open, ut_role_name(s[i].role), 1);
		one = ut_json_session(&s[i]);
		if (!one)
			return -ENOMEM;
		ut_json_uint(one, "age", s[i].age_ms / 1000);
		json_object_array_add(array, one);
	}
	if (tablet)
		ut_json_uint(report, "devices_attached",
			     ut_json_number(open, role));
	return 0;
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

int64_t ut_metrics_next(const struct ut_metrics *m)
{
	return m->file[0] ? m->next : INT64_MAX;
}

bool ut_metrics_due(struct ut_metrics *m)
{
	if (!m->file[0] || ut_clock_left(m->next))
		return false;
	m->next = ut_clock_ms() + m->interval;
	return true;
}

static int publish(const struct ut_metrics *m, struct json_object *report,
		   struct ut_err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int ret = f && report ? ut_metrics_format(f, report) : -ENOMEM;

	if (f && fclose(f))
		ret = -ENOMEM;
	if (ret) {
		free(text);
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot write %s", m->file);
	}
	ret = ut_file_publish(m->file, text, len, 0644, err);
	free(text);
	return ret;
}

void ut_metrics_write(struct ut_metrics *m, struct json_object *report)
{
	struct ut_err err;

	ut_err_clear(&err);
	if (!publish(m, report, &err)) {
		m->said[0] = '\0';
		return;
	}
	if (strcmp(m->said, err.msg))
		ut_log_warn("metrics: %s", err.msg);
	snprintf(m->said, sizeof(m->said), "%s", err.msg);
}
