/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_DISCOVERY_AVAHI_BROWSE_H
#define UT_DISCOVERY_AVAHI_BROWSE_H

#include "discovery/avahi_state.h"

void ut_avahi_browse(struct ut_avahi *a);

/* Looks anew if services were missed and it is calm. */
void ut_avahi_browse_tick(struct ut_avahi *a);

#endif /* UT_DISCOVERY_AVAHI_BROWSE_H */
