/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_BASE_JOURNAL_H
#define UT_BASE_JOURNAL_H

#include "base/log.h"

/*
 * A ut_log_sink: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER, MESSAGE_ID and the fields of
 * usbip-tlsd(8), by the socket of systemd-journald. Not for a process in a cage.
 */
bool ut_journal_send(const char *ident, enum ut_log_level level,
		     enum ut_log_id id, const struct ut_log_about *about,
		     const char *text);

#endif /* UT_BASE_JOURNAL_H */
