/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The privileged part of the dock, alone: the kernel is scripted, sysfs is a directory,
 * the test is the worker and the tablet.
 */
#ifndef UT_TEST_EXPORT_BED_H
#define UT_TEST_EXPORT_BED_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dock/dock_conn.h"
#include "dock/export.h"
#include "lib/fake_machine.h"
#include "lib/fake_sysfs.h"
#include "lib/mock_nl.h"
#include "lib/unit.h"

#define EXP_SOCKFD "devices/pci0/usb1/1-2/usbip_sockfd"

extern const struct fake_dev exp_stick;
extern struct ut_dock exp_dock;
extern struct ut_creds exp_creds;
extern struct ut_config exp_config;
extern struct ut_conn exp_conn;
extern int exp_tablet;		/* the other end of the connection */
extern int exp_worker;		/* the worker's end of its channel */

void exp_status(const char *value);
void exp_configure(const char *text);
int exp_setup(void **state);
int exp_teardown(void **state);

/* The answer that the tablet got; it must be complete. */
enum ut_op_status exp_answer(struct ut_op_device *dev);

/* The tablet asks for 1-2; the kernel is called as in @script. */
void exp_import(const struct mock_call *script, size_t n, bool replace);

/* The same, to replace the one who uses it: the device is busy for now. */
void exp_replace(const struct mock_call *script, size_t n);

void exp_refused(const char *value, enum ut_op_status want);
void exp_say(const struct ut_msg *msg);

/* Ends the connection, without a kernel call or an answer. */
void exp_expect_end(const struct ut_msg *msg);

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, exp_setup, exp_teardown)

#endif /* UT_TEST_EXPORT_BED_H */
