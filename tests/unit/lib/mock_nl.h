/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A scripted session table in place of the kernel. A test lists the calls it expects,
 * in order; any other call fails the test, and so does a missing one.
 */
#ifndef UT_TEST_MOCK_NL_H
#define UT_TEST_MOCK_NL_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "nl/nl.h"

enum mock_op { MOCK_NEW, MOCK_DUMP, MOCK_DEL };

/**
 * struct mock_call - one expected call
 * @op: which
 * @ret: what it returns; for a negative one err is filled with @code
 * @code: exit code in err
 * @id: id returned by NEW, or expected by DEL
 * @fd: session fd returned by NEW
 * @sessions: what DUMP shows
 * @n: how many
 */
struct mock_call {
	enum mock_op op;
	int ret;
	enum ut_exit code;
	uint32_t id;
	int fd;
	const struct ut_session *sessions;
	size_t n;
};

extern size_t mock_next, mock_calls;
extern struct ut_session_req mock_req;
extern char mock_busid[64], mock_peer[256];
extern int mock_closed;

/* Any number of dumps at any time, which show nothing. */
extern bool mock_dump_empty;

extern struct ut_nl mock_nl;

void mock_expect(const struct mock_call *script, size_t n);
void mock_done(void);

#endif /* UT_TEST_MOCK_NL_H */
