// SPDX-License-Identifier: GPL-2.0
/* Names in certificates. Needs no GnuTLS: every program checks messages. */
#include <string.h>

#include "pki/pki.h"

bool ut_pki_name_ok(const char *name)
{
	static const char ok[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	size_t len = strnlen(name, UT_PKI_NAME_SIZE);

	return len && len < UT_PKI_NAME_SIZE && strspn(name, ok) == len &&
	       name[0] != '.' && name[0] != '-';
}
