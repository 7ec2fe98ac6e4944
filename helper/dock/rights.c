// SPDX-License-Identifier: GPL-2.0
/* Who may have a device of this dock: see rights.h. */
#include <stdio.h>

#include "dock/rights.h"
#include "usb/record.h"

void ut_rights(const struct ut_config *config,
	       const struct ut_protect *protect,
	       const struct ut_usb_device *dev, const char *tablet,
	       struct ut_rights *r)
{
	char why[UT_PROTECT_WHY_SIZE];

	ut_usb_facts(dev, &r->facts);
	if (ut_protect_why(protect, dev->op.busid, why, sizeof(why)))
		ut_facts_protect(&r->facts, why);
	if (tablet)
		ut_policy_tablet(config, &r->facts, tablet, &r->v);
	else
		ut_policy_anyone(config, &r->facts, &r->v);
}

const char *ut_rights_text(const struct ut_rights *r, char *buf, size_t size)
{
	if (r->v.where.file)
		snprintf(buf, size, "%s:%u: %s", r->v.where.file,
			 r->v.where.line, r->v.text);
	else
		snprintf(buf, size, "%s", r->v.text);
	return buf;
}
