// SPDX-License-Identifier: GPL-2.0
/* usbip-tls-dns-sd: talks to avahi-daemon. Started by usbip-tlsd only. */
#include <unistd.h>

#include "discovery/dns_sd.h"

int main(void)
{
	/* Nothing may run after it: in its cage most of that is forbidden. */
	_exit(ut_dns_sd_program());
}
