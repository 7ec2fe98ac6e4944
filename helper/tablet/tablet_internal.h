/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the tablet: for tablet.c, and the report that reads it. */
#ifndef UT_TABLET_INTERNAL_H
#define UT_TABLET_INTERNAL_H

#include "tablet/auto.h"
#include "tablet/context.h"
#include "tablet/docks.h"
#include "tablet/renewal.h"
#include "tablet/tablet.h"

/**
 * struct ut_tablet - everything
 * @ctx: what its parts share
 * @signer: that of @ctx.creds, in the loop
 * @renewal: certificate and revocation list
 */
struct ut_tablet {
	struct ut_tablet_context ctx;
	sd_event_source *signer;
	struct ut_renewal renewal;
};

#endif /* UT_TABLET_INTERNAL_H */
