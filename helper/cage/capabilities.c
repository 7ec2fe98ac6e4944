// SPDX-License-Identifier: GPL-2.0
/* Capabilities by the kernel's own calls: see capabilities.h. */
#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cage/capabilities.h"

#define WORDS _LINUX_CAPABILITY_U32S_3

static int get(struct __user_cap_data_struct data[WORDS])
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	return syscall(SYS_capget, &head, data) ? -errno : 0;
}

bool ut_capabilities_have(unsigned int cap)
{
	struct __user_cap_data_struct data[WORDS];

	return !get(data) &&
	       (data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap));
}

bool ut_capabilities_any(void)
{
	struct __user_cap_data_struct data[WORDS];
	size_t i;

	/* If the kernel does not tell, assume that there are some. */
	if (get(data))
		return true;
	for (i = 0; i < WORDS; i++)
		if (data[i].effective || data[i].permitted)
			return true;
	return false;
}

bool ut_capabilities_enough(void)
{
	return ut_capabilities_have(CAP_NET_ADMIN) &&
	       (geteuid() == 0 || ut_capabilities_have(CAP_DAC_OVERRIDE));
}

int ut_capabilities_drop(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[WORDS];

	/* Dropping the permitted ones drops the ambient ones. */
	memset(none, 0, sizeof(none));
	return syscall(SYS_capset, &head, none) ? -errno : 0;
}
