/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clients without TLS in rules: what they are called, and who can come in at
 * all. Pure.
 */
#ifndef UT_POLICY_PLAIN_H
#define UT_POLICY_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "policy/config.h"

/*
 * A client of the [plaintext] listener is "plaintext@" and its address. No
 * certificate is accepted whose name has a '@' (tls/verify.c), so nobody with a
 * certificate can be taken for one of them, nor the other way round.
 */
#define UT_PLAIN_PREFIX		"plaintext@"
#define UT_PLAIN_NAME_SIZE	64

/*
 * "plaintext@192.0.2.8", "plaintext@2001:db8::8": lower case, shortest form,
 * without a zone. An IPv4 peer of an IPv6 socket has its IPv4 address. Returns
 * name.
 */
const char *ut_plain_name(const struct sockaddr *peer,
			  char name[UT_PLAIN_NAME_SIZE]);

bool ut_plain_is(const char *name);

/*
 * Why no tablet of this name can come in, whatever the rules say; NULL: one may.
 * @name: of a certificate, of a client without TLS, or "": one without a name.
 */
const char *ut_policy_shut_out(const struct ut_config *cfg, const char *name);

#endif /* UT_POLICY_PLAIN_H */
