// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/mock_nl.h"

static const struct mock_call *mock_script;

size_t mock_next, mock_calls;
struct ut_session_req mock_req;
char mock_busid[64], mock_peer[256];
int mock_closed;
bool mock_dump_empty;

static const struct mock_call *mock_take(enum mock_op op, struct ut_err *err)
{
	const struct mock_call *c = &mock_script[mock_next];

	if (mock_next == mock_calls)
		fail_msg("call %zu of kind %d was not expected", mock_next, op);
	if (c->op != op)
		fail_msg("call %zu is of kind %d, not %d", mock_next, op,
			 c->op);
	mock_next++;
	if (c->ret)
		ut_err_set(err, c->code, c->ret, "scripted error");
	return c;
}

static int mock_new(struct ut_nl *nl, const struct ut_session_req *req,
		    uint32_t *id, int *fd, struct ut_err *err)
{
	const struct mock_call *c = mock_take(MOCK_NEW, err);

	mock_req = *req;
	snprintf(mock_busid, sizeof(mock_busid), "%s", req->busid);
	snprintf(mock_peer, sizeof(mock_peer), "%s", req->peer);
	*id = c->id;
	*fd = c->fd;
	return c->ret;
}

static int mock_all(struct ut_nl *nl, struct ut_session **sessions, size_t *n,
		    struct ut_err *err)
{
	const struct mock_call *c = NULL;

	if (!mock_dump_empty)
		c = mock_take(MOCK_DUMP, err);
	if (c && c->ret)
		return c->ret;
	*n = c ? c->n : 0;
	*sessions = calloc(*n + 1, sizeof(**sessions));
	assert_non_null(*sessions);
	if (*n)
		memcpy(*sessions, c->sessions, *n * sizeof(**sessions));
	return 0;
}

static int mock_del(struct ut_nl *nl, uint32_t id, struct ut_err *err)
{
	const struct mock_call *c = mock_take(MOCK_DEL, err);

	assert_int_equal(id, c->id);
	return c->ret;
}

static void mock_close(struct ut_nl *nl)
{
	mock_closed++;
}

static const struct ut_nl_ops mock_ops = {
	.close = mock_close,
	.session_new = mock_new,
	.session_all = mock_all,
	.session_del = mock_del,
};

struct ut_nl mock_nl = { .ops = &mock_ops };

void mock_expect(const struct mock_call *script, size_t n)
{
	mock_script = script;
	mock_calls = n;
	mock_next = 0;
	mock_closed = 0;
	memset(&mock_req, 0, sizeof(mock_req));
}

void mock_done(void)
{
	if (mock_next != mock_calls)
		fail_msg("only %zu of %zu calls were made", mock_next,
			 mock_calls);
}
