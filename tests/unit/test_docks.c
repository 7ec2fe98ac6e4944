// SPDX-License-Identifier: GPL-2.0
/*
 * The control connections of a tablet to a dock that has two addresses. The test is
 * that dock: it says what comes on a connection, of which there is only a number.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "tablet/docks.h"
#include "tls/crl.h"

static struct ut_config config;
static struct ut_tablet_context ctx;
static unsigned int told[UT_TABLET_RENEWED + 1];

static sd_event_io_handler_t ready;
static int last_fd;
static bool no_worker, is_revoked;
static enum ut_client_news says;
static const char *name;
static struct ut_watch_event said;
static struct ut_op_device list[1] = { { .busid = "1-1" } };

int __wrap_ut_client_open(struct ut_client *c,
			  const struct ut_client_target *target,
			  struct ut_creds *creds, struct ut_err *err);

int __wrap_ut_client_open(struct ut_client *c,
			  const struct ut_client_target *target,
			  struct ut_creds *creds, struct ut_err *err)
{
	if (no_worker) {
		no_worker = false;
		return ut_err_set(err, UT_EXIT_FAILURE, EAGAIN, "no worker");
	}
	c->worker.pid = 1;
	c->worker.fd = ++last_fd;
	c->deadline = target->deadline;
	c->op = target->op;
	ready = target->ready;
	return 0;
}

void __wrap_ut_client_close(struct ut_client *c);

void __wrap_ut_client_close(struct ut_client *c)
{
	c->worker.pid = 0;
}

enum ut_client_news __wrap_ut_client_read(struct ut_client *c,
					  struct ut_watch_event *event,
					  struct ut_err *err);

enum ut_client_news __wrap_ut_client_read(struct ut_client *c,
					  struct ut_watch_event *event,
					  struct ut_err *err)
{
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->deadline = INT64_MAX;
	c->devs = list;
	c->n_devs = 1;
	*event = said;
	if (says == UT_CLIENT_DOWN) {
		ut_err_set(err, UT_EXIT_UNREACHABLE, EIO, "it is over");
		ut_client_close(c);
	}
	return says;
}

bool __wrap_ut_crl_revoked(const struct ut_creds *creds, const char *serial);

bool __wrap_ut_crl_revoked(const struct ut_creds *creds, const char *serial)
{
	return is_revoked;
}

static void on_news(void *arg, enum ut_tablet_news news)
{
	assert_ptr_equal(arg, told);
	told[news]++;
}

static int setup(void **state)
{
	memset(told, 0, sizeof(told));
	memset(&said, 0, sizeof(said));
	no_worker = false;
	is_revoked = false;
	name = "desk";
	ctx = (struct ut_tablet_context){
		.config = &config, .tell = on_news, .arg = told,
	};
	return 0;
}

static int teardown(void **state)
{
	ut_addr_book_free(&ctx.book);
	ut_config_free(&config);
	return 0;
}

static void configure(const char *docks)
{
	char text[256];
	struct ut_err err;

	snprintf(text, sizeof(text), "[tablet]\n%s", docks);
	ut_config_free(&config);
	if (ut_config_default(&config) ||
	    ut_config_parse(&config, "test.conf", text, &err))
		fail_msg("no configuration");
	ut_addr_book_set(&ctx.book, &config);
}

/* What comes on the connection to this address. */
static void say(struct ut_dock_addr *addr, enum ut_client_news news)
{
	assert_true(ut_client_is_open(&addr->client));
	says = news;
	assert_int_equal(ready(NULL, addr->client.worker.fd, EPOLLIN, &ctx), 0);
}

/* The dock is connected at the first address; nothing is to be done at the other. */
static void open_two(const char *docks, enum ut_client_news up)
{
	configure(docks);
	assert_int_equal(ctx.book.n, 2);
	ut_docks_due(&ctx);
	say(ctx.book.v[0], up);
	say(ctx.book.v[1], UT_CLIENT_UP);
	assert_int_equal(ctx.book.v[0]->state, UT_DOCK_ADDR_UP);
	assert_int_equal(ctx.book.v[1]->state, UT_DOCK_ADDR_TWIN);
	ut_docks_due(&ctx);
	assert_false(ut_client_is_open(&ctx.book.v[1]->client));
}

static void watch_two(void)
{
	open_two("dock = 192.0.2.1\ndock = 192.0.2.2\n", UT_CLIENT_UP);
	assert_int_equal(told[UT_TABLET_WATCHES], 1);
}

/* The dock is asked for the next list at its first address. */
static void list_again(void)
{
	ctx.book.v[0]->poll_at = 0;
	ut_docks_due(&ctx);
}

static void poll_two(void)
{
	open_two("dock = 192.0.2.1 legacy=yes\ndock = 192.0.2.2\n",
		 UT_CLIENT_DONE);
	assert_int_equal(told[UT_TABLET_WATCHES], 0);
	assert_int_equal(told[UT_TABLET_DEVICES], 1);
	list_again();
}

static void expect_twin_tried(void)
{
	struct ut_dock_addr *twin = ctx.book.v[ctx.book.n - 1];

	ut_docks_due(&ctx);
	assert_true(ut_client_is_open(&twin->client));
	name = "desk";
	is_revoked = false;
	say(twin, UT_CLIENT_UP);
	assert_int_equal(twin->state, UT_DOCK_ADDR_UP);
}

static void test_twin_of_lost(void **state)
{
	watch_two();
	say(ctx.book.v[0], UT_CLIENT_DOWN);
	expect_twin_tried();
}

static void test_twin_of_dropped(void **state)
{
	watch_two();
	configure("dock = 192.0.2.2\n");
	expect_twin_tried();
}

static void test_twin_of_revoked(void **state)
{
	watch_two();
	is_revoked = true;
	ut_docks_revoked(&ctx);
	assert_int_equal(ctx.book.v[0]->state, UT_DOCK_ADDR_DOWN);
	expect_twin_tried();
}

/* Its certificate is looked at with each list. */
static void test_twin_of_revoked_list(void **state)
{
	poll_two();
	is_revoked = true;
	say(ctx.book.v[0], UT_CLIENT_DONE);
	assert_int_equal(ctx.book.v[0]->state, UT_DOCK_ADDR_DOWN);
	expect_twin_tried();
}

static void test_twin_of_unlisted(void **state)
{
	poll_two();
	say(ctx.book.v[0], UT_CLIENT_DONE);
	no_worker = true;
	list_again();
	assert_int_equal(ctx.book.v[0]->state, UT_DOCK_ADDR_DOWN);
	expect_twin_tried();
}

/* Another machine has got the address of the dock. */
static void test_twin_of_replaced(void **state)
{
	poll_two();
	name = "other";
	say(ctx.book.v[0], UT_CLIENT_DONE);
	assert_string_equal(ctx.book.v[0]->name, "other");
	expect_twin_tried();
}

/* More devices than a dock may have. */
static void test_twin_of_crowded(void **state)
{
	unsigned int i;

	watch_two();
	said.kind = UT_WATCH_DEVICE;
	for (i = 0; ctx.book.v[0]->state == UT_DOCK_ADDR_UP; i++) {
		snprintf(said.dev.busid, sizeof(said.dev.busid), "1-%u", i);
		say(ctx.book.v[0], UT_CLIENT_EVENT);
		assert_true(i <= UT_OP_MAX_DEVICES);
	}
	assert_int_equal(told[UT_TABLET_DEVICES], UT_OP_MAX_DEVICES);
	expect_twin_tried();
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_twin_of_lost), T(test_twin_of_dropped),
		T(test_twin_of_revoked), T(test_twin_of_revoked_list),
		T(test_twin_of_unlisted), T(test_twin_of_replaced),
		T(test_twin_of_crowded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
