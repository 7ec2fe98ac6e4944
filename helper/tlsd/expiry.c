// SPDX-License-Identifier: GPL-2.0
/* A word in the log before the certificate in use ends: see expiry.h. */
#include "common/clock.h"
#include "common/log.h"
#include "tls/reason.h"
#include "tlsd/expiry.h"

#define DAY 86400

int ut_expiry_timeout(const struct ut_expiry *e)
{
	return ut_clock_left(e->next);
}

void ut_expiry_check(struct ut_expiry *e, int64_t not_after, unsigned int days,
		     time_t now)
{
	struct ut_log_about about = { .reason = NULL };
	char when[64];

	if (ut_clock_left(e->next))
		return;
	e->next = ut_clock_ms() + UT_EXPIRY_MS;
	if (not_after - now > (int64_t)days * DAY)
		return;
	ut_tls_date_text(not_after, when, sizeof(when));
	about.expires = when;
	ut_log_event(UT_LOG_WARNING, UT_LOG_CERTIFICATE_EXPIRING, &about,
		     not_after < now ?
		     "the certificate of this machine has ended on %s, no peer accepts it" :
		     "the certificate of this machine ends on %s; usbip-tls enroll makes a new one",
		     when);
}
