/* SPDX-License-Identifier: GPL-2.0 */
/* Places for tests, from numeric text. */
#ifndef UT_TEST_WHERE_TEXT_H
#define UT_TEST_WHERE_TEXT_H

#include <arpa/inet.h>
#include <string.h>

#include "discovery/where.h"

/* @scope: for link-local IPv6. Text that is not an address gives family 0. */
struct ut_where where_at(const char *address, uint32_t scope, uint16_t port);

#endif /* UT_TEST_WHERE_TEXT_H */
