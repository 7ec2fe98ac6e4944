// SPDX-License-Identifier: GPL-2.0
#include "lib/hints_bed.h"

struct ut_found hints;
unsigned int hints_found, hints_gone;
struct ut_where hints_last_found, hints_last_gone;

static void on_found(void *arg, const struct ut_found_entry *e)
{
	assert_ptr_equal(arg, &hints);
	assert_true(e->sources);
	hints_last_found = e->where;
	hints_found++;
}

static void on_gone(void *arg, const struct ut_found_entry *e)
{
	assert_ptr_equal(arg, &hints);
	hints_last_gone = e->where;
	hints_gone++;
}

int hints_setup(void **state)
{
	static const struct ut_found_ops ops = { on_found, on_gone };

	ut_found_init(&hints, &ops, &hints);
	hints_found = hints_gone = 0;
	return 0;
}

struct ut_where hints_place(unsigned int i)
{
	struct ut_where w = { .family = AF_INET, .port = 3240 };

	w.addr[0] = 10;
	w.addr[1] = (uint8_t)(i >> 16);
	w.addr[2] = (uint8_t)(i >> 8);
	w.addr[3] = (uint8_t)i;
	return w;
}

int hints_seen(enum ut_found_source source, const struct ut_where *w,
	       int64_t now)
{
	return ut_found_seen(&hints, source, w, "forged", now);
}

size_t hints_count(unsigned int sources)
{
	size_t n = 0, i;

	for (i = 0; i < hints.n; i++)
		n += hints.e[i].sources == sources;
	return n;
}
