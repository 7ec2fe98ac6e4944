// SPDX-License-Identifier: GPL-2.0
/* Vectors of items of any type. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "lib/unit.h"

struct point {
	int x;
	char name[13];
};

/* An item with more members than a vector needs. */
struct points {
	struct point *v;
	size_t n;
	int more;
};

static unsigned int dropped;

static void on_drop(void *item)
{
	const struct point *p = item;

	assert_int_equal(p->x, (int)dropped);
	dropped++;
}

static void test_add(void **state)
{
	const struct point none = { 0 };
	struct points all = { .more = 7 };
	struct point *p;
	int i;

	for (i = 0; i < 1000; i++) {
		p = ut_vec_add(&all);
		assert_non_null(p);
		assert_ptr_equal(p, &all.v[i]);
		assert_memory_equal(p, &none, sizeof(none));
		p->x = i;
		snprintf(p->name, sizeof(p->name), "%d", i);
	}
	assert_int_equal(all.n, 1000);
	assert_int_equal(all.v[999].x, 999);
	assert_string_equal(all.v[123].name, "123");
	dropped = 0;
	ut_vec_clear(&all, on_drop);
	assert_int_equal(dropped, 1000);
	assert_null(all.v);
	assert_int_equal(all.n, 0);
	assert_int_equal(all.more, 7);
	ut_vec_clear(&all, on_drop);
	assert_int_equal(dropped, 1000);
}

static void test_drop_last(void **state)
{
	UT_VEC(short) all = { 0 };
	short *v;

	*ut_vec_add(&all) = 1;
	*ut_vec_add(&all) = 2;
	ut_vec_drop_last(&all);
	assert_int_equal(all.n, 1);
	assert_int_equal(all.v[0], 1);
	/* What was in its place before cannot be seen again. */
	v = ut_vec_add(&all);
	assert_int_equal(*v, 0);
	ut_vec_drop_last(&all);
	ut_vec_drop_last(&all);
	assert_null(all.v);
	assert_int_equal(all.n, 0);
}

static void test_texts(void **state)
{
	struct ut_texts all = { 0 };

	*ut_vec_add(&all) = strdup("one");
	*ut_vec_add(&all) = NULL;
	*ut_vec_add(&all) = strdup("three");
	assert_string_equal(all.v[2], "three");
	/* The sanitizer reports any that leak. */
	ut_vec_clear(&all, ut_text_drop);
	assert_null(all.v);
}

/* A table of members says where each one is and how long its items are. */
static void test_raw(void **state)
{
	struct points all = { 0 };
	struct point *p = ut_vec_raw_add(&all, sizeof(*p));

	assert_ptr_equal(p, all.v);
	p = ut_vec_add(&all);
	assert_ptr_equal(p, &all.v[1]);
	ut_vec_raw_drop_last(&all, sizeof(*p));
	assert_int_equal(all.n, 1);
	ut_vec_raw_clear(&all, sizeof(*p), NULL);
	assert_null(all.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add), cmocka_unit_test(test_drop_last),
		cmocka_unit_test(test_texts), cmocka_unit_test(test_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
