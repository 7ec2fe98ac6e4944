/* SPDX-License-Identifier: GPL-2.0 */
/* cmocka, the headers it needs before it, and a skip that says why. */
#ifndef UT_TEST_UNIT_H
#define UT_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Ends the test, which counts as skipped. */
#define unit_skip(why)						\
	do {							\
		print_message("# SKIP %s\n", why);		\
		skip();						\
	} while (0)

#endif /* UT_TEST_UNIT_H */
