// SPDX-License-Identifier: GPL-2.0
/* Events as the difference of two snapshots. */
#include <stdio.h>
#include <string.h>

#include "control/snapshot.h"
#include "lib/unit.h"

static char told[512];

static void tell(void *arg, struct json_object *event)
{
	size_t len = strlen(told);

	assert_ptr_equal(arg, told);
	assert_int_equal(ut_json_number(event, "schema"), UT_JSON_SCHEMA);
	snprintf(told + len, sizeof(told) - len, "%s:%s ",
		 ut_json_text(event, "event"), ut_json_text(event, "of"));
	json_object_put(event);
}

/* A dock that is "up" or "down". */
static void dock(struct ut_snapshot *p, const char *name, const char *state)
{
	struct ut_item *t = ut_snapshot_add(p, NULL, "dock %s", name);
	char of[80];

	assert_non_null(t);
	snprintf(t->state, sizeof(t->state), "%s", state);
	t->begins = "found";
	t->ends = "forgotten";
	if (!strncmp(state, "up", 2)) {
		t->enters = "connected";
		t->leaves = "lost";
	}
	snprintf(of, sizeof(of), "%s=%s", name, state);
	ut_json_string(t->members, "of", of);
}

static void expect(struct ut_snapshot *old, struct ut_snapshot *now,
		   const char *events)
{
	told[0] = '\0';
	ut_snapshot_diff(old, now, tell, told);
	assert_string_equal(told, events);
	ut_snapshot_free(old);
	*old = *now;
	memset(now, 0, sizeof(*now));
}

static void test_life(void **state)
{
	struct ut_snapshot old = { 0 }, now = { 0 };

	expect(&old, &now, "");
	dock(&now, "a", "down");
	expect(&old, &now, "found:a=down ");
	dock(&now, "a", "down");
	expect(&old, &now, "");
	dock(&now, "a", "up");
	expect(&old, &now, "connected:a=up ");
	dock(&now, "a", "down");
	expect(&old, &now, "lost:a=down ");
	expect(&old, &now, "forgotten:a=down ");
	ut_snapshot_free(&old);
}

/* An item that appears in a state has entered it; one that disappears has left it. */
static void test_at_once(void **state)
{
	struct ut_snapshot old = { 0 }, now = { 0 };

	dock(&now, "a", "up");
	expect(&old, &now, "found:a=up connected:a=up ");
	/* Another detail of the same state: no loss in between. */
	dock(&now, "a", "up, but slow");
	expect(&old, &now, "connected:a=up, but slow ");
	expect(&old, &now, "lost:a=up, but slow forgotten:a=up, but slow ");
	ut_snapshot_free(&old);
}

/* The order in which they are added does not matter. */
static void test_many(void **state)
{
	struct ut_snapshot old = { 0 }, now = { 0 };
	char name[16];
	int i;

	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%02d", i);
		dock(&old, name, "down");
	}
	for (i = 99; i >= 0; i--) {
		snprintf(name, sizeof(name), "%02d", i);
		if (i != 17)
			dock(&now, name, i == 42 ? "up" : "down");
	}
	dock(&now, "new", "down");
	expect(&old, &now, "forgotten:17=down connected:42=up found:new=down ");
	assert_int_equal(old.n, 100);
	ut_snapshot_free(&old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
