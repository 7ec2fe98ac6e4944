// SPDX-License-Identifier: GPL-2.0
/* What both ends of the control socket know: see control.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "control/control.h"

const char *const ut_control_roles[] = { "dock", "tablet", "both", NULL };

static const char *directory = UT_CONTROL_DIR;

void ut_control_dir_set(const char *dir)
{
	directory = dir ? dir : UT_CONTROL_DIR;
}

const char *ut_control_dir(void)
{
	return directory;
}

int ut_control_address(const char *role, struct sockaddr_un *sun)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	return snprintf(sun->sun_path, sizeof(sun->sun_path), "%s/control.%s",
			directory, role) < (int)sizeof(sun->sun_path) ?
	       0 : -ENAMETOOLONG;
}

const char *ut_control_request_name(enum ut_control_request request)
{
	static const char *const names[] = {
		[UT_CONTROL_STATUS] = "status",
		[UT_CONTROL_WATCH] = "watch",
		[UT_CONTROL_SUSPEND] = "suspend",
		[UT_CONTROL_RESUME] = "resume",
		[UT_CONTROL_RELOAD] = "reload",
	};

	return names[request];
}
