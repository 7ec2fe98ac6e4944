// SPDX-License-Identifier: GPL-2.0
/*
 * Credentials in use: their signer is in the loop, and its end is judged here alone,
 * for dock and tablet; one of older credentials goes with its connections. See creds.h.
 */
#include "base/loop.h"
#include "tls/creds.h"

static int on_signer(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	return ut_signer_died(arg) ?
	       sd_event_exit(sd_event_source_get_event(s), UT_SIGNER_DIED) : 0;
}

void ut_creds_use(struct ut_creds **in_use, sd_event_source **signer,
		  struct ut_creds *creds, sd_event *loop)
{
	int ret;

	sd_event_source_disable_unref(*signer);
	ut_creds_put(*in_use);
	*in_use = creds;
	*signer = NULL;
	ret = sd_event_add_io(loop, signer, creds->signer.child.fd, EPOLLIN,
			      on_signer, &creds->signer);
	/* Its end must not go unseen. */
	if (ret < 0)
		sd_event_exit(loop, ret);
}
