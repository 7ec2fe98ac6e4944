// SPDX-License-Identifier: GPL-2.0
/*
 * side.c - register of the pair modules
 */
#include <linux/mutex.h>

#include "core.h"

static DEFINE_MUTEX(side_mutex);	/* protects sides[] */
static const struct usbip_tls_side *sides[USBIP_TLS_ROLE_TABLET + 1];

int usbip_tls_register_side(u8 role, const struct usbip_tls_side *side)
{
	int err = 0;

	if (role == USBIP_TLS_ROLE_UNSPEC || role >= ARRAY_SIZE(sides))
		return -EINVAL;

	mutex_lock(&side_mutex);
	if (sides[role])
		err = -EBUSY;
	else
		sides[role] = side;
	mutex_unlock(&side_mutex);

	return err;
}
EXPORT_SYMBOL_GPL(usbip_tls_register_side);

void usbip_tls_unregister_side(u8 role)
{
	mutex_lock(&side_mutex);
	sides[role] = NULL;
	mutex_unlock(&side_mutex);
}
EXPORT_SYMBOL_GPL(usbip_tls_unregister_side);

/* Returns the side with its module held, or NULL if nobody offers the role. */
const struct usbip_tls_side *usbip_tls_side_get(u8 role)
{
	const struct usbip_tls_side *side;

	mutex_lock(&side_mutex);
	side = role < ARRAY_SIZE(sides) ? sides[role] : NULL;
	if (side && !try_module_get(side->owner))
		side = NULL;
	mutex_unlock(&side_mutex);

	return side;
}

void usbip_tls_side_put(const struct usbip_tls_side *side)
{
	module_put(side->owner);
}
