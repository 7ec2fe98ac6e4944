/* SPDX-License-Identifier: GPL-2.0 */
/* Who may have a device of this dock: the rules, and what the dock needs itself. */
#ifndef UT_DOCK_RIGHTS_H
#define UT_DOCK_RIGHTS_H

#include "policy/verdict.h"
#include "usb/device.h"
#include "needs/protect.h"

/**
 * struct ut_rights - a verdict and the facts that its texts belong to
 */
struct ut_rights {
	struct ut_facts facts;
	struct ut_verdict v;
};

/*
 * May the tablet with this certificate name have the device? NULL: any tablet at
 * all? @protect: what this machine needs; NULL: nobody knows, so nothing is given
 * away.
 */
void ut_rights(const struct ut_config *config,
	       const struct ut_protect *protect,
	       const struct ut_usb_device *dev, const char *tablet,
	       struct ut_rights *r);

/* "file:line: rule", "no rule matches", ... Returns buf. */
const char *ut_rights_text(const struct ut_rights *r, char *buf, size_t size);

static inline bool ut_rights_ok(const struct ut_rights *r)
{
	return r->v.kind == UT_VERDICT_ALLOW;
}

#endif /* UT_DOCK_RIGHTS_H */
