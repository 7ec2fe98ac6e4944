/* SPDX-License-Identifier: GPL-2.0 */
/* Our end of DNS-SD with the fake behind it. */
#ifndef UT_TEST_AVAHI_BED_H
#define UT_TEST_AVAHI_BED_H

#include "lib/fake_avahi.h"
#include "lib/unit.h"

extern struct ut_avahi av;
extern struct ut_dns_sd_msg av_last;
extern unsigned int av_told[UT_DNS_SD_FAILED + 1];

void av_prepare(bool publish, bool browse, const char *name);
void av_run(void);

/* Nothing of Avahi's is left over. */
int av_close_all(void);

#endif /* UT_TEST_AVAHI_BED_H */
