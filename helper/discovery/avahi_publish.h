/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_DISCOVERY_AVAHI_PUBLISH_H
#define UT_DISCOVERY_AVAHI_PUBLISH_H

#include "discovery/avahi_state.h"

void ut_avahi_publish(struct ut_avahi *a);
void ut_avahi_withdraw(struct ut_avahi *a);

#endif /* UT_DISCOVERY_AVAHI_PUBLISH_H */
