// SPDX-License-Identifier: GPL-2.0
/* usbip-tls-signer: has the private key. Started by usbip-tlsd and usbip-tls only. */
#include <unistd.h>

#include "tls/signer.h"

int main(void)
{
	/* Nothing may run after it: in its cage most of that is forbidden. */
	_exit(ut_signer_run());
}
