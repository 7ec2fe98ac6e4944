// SPDX-License-Identifier: GPL-2.0
/* usbip-tls-worker: faces the network. Started by usbip-tlsd and usbip-tls only. */
#include <unistd.h>

#include "enroll/enroll_workers.h"
#include "worker/connect.h"
#include "worker/serve.h"

int main(void)
{
	static ut_serve_kind *const kinds[UT_START_END] = {
		[UT_START_DOCK] = ut_serve_dock,
		[UT_START_TABLET] = ut_serve_tablet,
		[UT_START_ENROLL_SERVER] = ut_enroll_server_worker,
		[UT_START_ENROLL_CLIENT] = ut_enroll_client_worker,
		[UT_START_RESOLVE] = ut_resolve_serve,
	};

	/* Nothing may run after it: in its cage most of that is forbidden. */
	_exit(ut_serve_main(kinds));
}
