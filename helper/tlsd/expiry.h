/* SPDX-License-Identifier: GPL-2.0 */
/* A word in the log before the certificate in use ends. */
#ifndef UT_TLSD_EXPIRY_H
#define UT_TLSD_EXPIRY_H

#include <stdint.h>
#include <time.h>

#define UT_EXPIRY_MS	(24 * 3600 * 1000LL)

/**
 * struct ut_expiry - when to look
 * @next: ut_clock_ms(); 0: at once, as after new certificates
 */
struct ut_expiry {
	int64_t next;
};

/* Milliseconds until the next look. */
int ut_expiry_timeout(const struct ut_expiry *e);

/*
 * If it is time: warns if a certificate that ends at @not_after has no more than
 * @days left at @now. Once a day.
 */
void ut_expiry_check(struct ut_expiry *e, int64_t not_after, unsigned int days,
		     time_t now);

#endif /* UT_TLSD_EXPIRY_H */
