// SPDX-License-Identifier: GPL-2.0
/*
 * The ports of vhci-hcd and the nodes of their devices, over a sysfs tree of our own.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>

#include "base/clock.h"
#include "lib/fake_sysfs.h"
#include "lib/unit.h"
#include "usb/vhci.h"

#define HEAD	"hub port sta spd dev      sockfd local_busid\n"
#define STATUS	"devices/platform/vhci_hcd.0/status"
#define USB3	"devices/platform/vhci_hcd.0/usb3"

static struct ut_err err;
static struct ut_vhci_port *ports;
static size_t n;

static const struct fake_dev stick = {
	.parent = USB3, .busid = "3-1", .driver = "usb",
	.vid = "0781\n", .pid = "5567\n", .class = "00\n", .speed = "480\n",
};

static int setup(void **state)
{
	ut_err_clear(&err);
	ports = NULL;
	return fake_setup(state);
}

static void two_controllers(void)
{
	fake(HEAD
	     "hs  0000 004 000 00000000 000000 0-0\n"
	     "hs  0001 006 003 00010002 000003 3-1\n"
	     "ss  0002 005 000 00000000 000000 0-0\n"
	     "ss  0003 007 000 00000000 000000 0-0\n", STATUS);
	fake(HEAD
	     "hs  0004 004 000 00000000 000000 0-0\n"
	     "ss  0006 004 000 00000000 000000 0-0\n", STATUS ".1");
	fake("", "devices/platform/vhci_hcd.0/attach");
	fake(NULL, "module/usbip_tls_vhci");
	fake("", "devices/platform/vhci_hcd.0/detach");
}

static void test_list(void **state)
{
	two_controllers();
	assert_int_equal(ut_vhci_list(&ports, &n, &err), 0);
	assert_int_equal(n, 6);
	assert_int_equal(ports[0].port, 0);
	assert_int_equal(ports[0].state, UT_VHCI_FREE);
	assert_string_equal(ports[0].busid, "");
	assert_false(ports[1].super_speed);
	assert_int_equal(ports[1].state, UT_VHCI_USED);
	assert_int_equal(ports[1].speed, 3);
	assert_int_equal(ports[1].devid, 0x10002);
	assert_string_equal(ports[1].busid, "3-1");
	assert_true(ports[2].super_speed);
	assert_int_equal(ports[2].state, UT_VHCI_NOT_ASSIGNED);
	assert_int_equal(ports[3].state, UT_VHCI_ERROR);
	assert_int_equal(ports[5].port, 6);
	free(ports);
}

static void test_no_module(void **state)
{
	uint32_t port;

	assert_int_equal(ut_vhci_list(&ports, &n, &err), -ENXIO);
	assert_int_equal(err.code, UT_EXIT_MODULE);
	assert_int_equal(ut_vhci_free_port(-1, 3, 0, &port, &err), -ENXIO);
	assert_int_equal(ut_vhci_check(&err), -ENXIO);
	assert_int_equal(ut_vhci_attach(0, 3, 1, 3, &err), -ENXIO);
	assert_int_equal(err.code, UT_EXIT_MODULE);
	assert_non_null(strstr(err.hint, "modprobe"));
}

/* Lines that another kernel, or none, would print are skipped. */
static void test_odd_lines(void **state)
{
	fake(HEAD
	     "xs  0000 004 000 00000000 000000 0-0\n"
	     "hs  0001 004\n"
	     "\n"
	     "hs  99999 004 000 00000000 000000 0-0\n"
	     "hs  0002 006 003 00010002 000003 ../../x\n"
	     "hs  0003 099 000 00000000 000000 0-0\n", STATUS);
	assert_int_equal(ut_vhci_list(&ports, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ports[0].port, 2);
	assert_string_equal(ports[0].busid, "");
	assert_string_equal(ut_vhci_state_name(ports[1].state), "unknown");
	free(ports);
}

static void test_free_port(void **state)
{
	uint32_t port = 99;

	two_controllers();
	assert_int_equal(ut_vhci_free_port(-1, 3, 0, &port, &err), 0);
	assert_int_equal(port, 0);
	assert_int_equal(ut_vhci_free_port(-1, 1, 0, &port, &err), 0);
	assert_int_equal(port, 0);
	assert_int_equal(ut_vhci_free_port(-1, 5, 0, &port, &err), 0);
	assert_int_equal(port, 6);
	assert_int_equal(ut_vhci_free_port(-1, 6, 0, &port, &err), 0);
	assert_int_equal(port, 6);
}

/* A port that is named is that port or none. */
static void test_wanted_port(void **state)
{
	uint32_t port = 99;

	two_controllers();
	assert_int_equal(ut_vhci_free_port(6, 5, 0, &port, &err), 0);
	assert_int_equal(port, 6);
	assert_int_equal(ut_vhci_free_port(6, 3, 0, &port, &err), -EXFULL);
	assert_int_equal(err.code, UT_EXIT_NO_PORT);
	assert_non_null(strstr(err.msg, "port 6 is not for high-speed"));
	assert_int_equal(ut_vhci_free_port(1, 3, 0, &port, &err), -EXFULL);
	assert_non_null(strstr(err.msg, "port 1 is in use"));
	assert_int_equal(ut_vhci_free_port(3000, 3, 0, &port, &err), -ENOENT);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
}

/* Two controllers with two hubs of two ports each, all of them free. */
static void free_controllers(void)
{
	fake(HEAD
	     "hs  0000 004 000 00000000 000000 0-0\n"
	     "hs  0001 004 000 00000000 000000 0-0\n"
	     "ss  0002 004 000 00000000 000000 0-0\n"
	     "ss  0003 004 000 00000000 000000 0-0\n", STATUS);
	fake(HEAD
	     "hs  0004 004 000 00000000 000000 0-0\n"
	     "hs  0005 004 000 00000000 000000 0-0\n"
	     "ss  0006 004 000 00000000 000000 0-0\n"
	     "ss  0007 004 000 00000000 000000 0-0\n", STATUS ".1");
	fake("480\n", USB3 "/speed");
	fake("5000\n", "devices/platform/vhci_hcd.0/usb4/speed");
	fake("480\n", "devices/platform/vhci_hcd.1/usb5/speed");
	fake("10000\n", "devices/platform/vhci_hcd.1/usb6/speed");
}

/* A port is not used before the hub has let go of its last device. */
static void test_port_at_rest(void **state)
{
	uint32_t port = 99;

	free_controllers();
	fake("1\n", USB3 "/3-1/bConfigurationValue");
	fake("1\n", "devices/platform/vhci_hcd.0/usb4/4-1/bConfigurationValue");
	fake("1\n", "devices/platform/vhci_hcd.0/usb4/4-2/bConfigurationValue");
	fake("1\n", "devices/platform/vhci_hcd.1/usb6/6-2/bConfigurationValue");
	assert_int_equal(ut_vhci_free_port(-1, 3, 0, &port, &err), 0);
	assert_int_equal(port, 1);
	assert_int_equal(ut_vhci_free_port(-1, 5, 0, &port, &err), 0);
	assert_int_equal(port, 6);
	assert_int_equal(ut_vhci_wait_free(1, 0, &err), 0);
	assert_int_equal(ut_vhci_wait_free(0, 0, &err), -ETIMEDOUT);
	assert_int_equal(err.code, UT_EXIT_TIMEOUT);

	fake("1\n", "devices/platform/vhci_hcd.1/usb6/6-1/bConfigurationValue");
	assert_int_equal(ut_vhci_free_port(-1, 5, 40, &port, &err), -ETIMEDOUT);
	assert_int_equal(err.code, UT_EXIT_TIMEOUT);
	assert_int_equal(ut_vhci_free_port(-1, 3, 0, &port, &err), 0);
}

static void test_no_free_port(void **state)
{
	uint32_t port;

	fake(HEAD "hs  0000 006 003 00010002 000003 3-1\n"
	     "ss  0001 004 000 00000000 000000 0-0\n", STATUS);
	assert_int_equal(ut_vhci_free_port(-1, 3, 0, &port, &err), -EXFULL);
	assert_int_equal(err.code, UT_EXIT_NO_PORT);
	assert_non_null(strstr(err.msg, "high-speed"));
	assert_int_equal(ut_vhci_free_port(-1, 5, 0, &port, &err), 0);
}

static void test_attach(void **state)
{
	two_controllers();
	assert_int_equal(ut_vhci_check(&err), 0);
	assert_int_equal(ut_vhci_attach(4, 17, 0x10002, 3, &err), 0);
	assert_string_equal(fake_read("devices/platform/vhci_hcd.0/attach"),
			    "4 17 65538 3");
}

static void test_check(void **state)
{
	char path[256];

	two_controllers();
	assert_int_equal(ut_vhci_check(&err), 0);
	snprintf(path, sizeof(path), "%s/module/usbip_tls_vhci", fake_root);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(ut_vhci_check(&err), -ENXIO);
	assert_int_equal(err.code, UT_EXIT_MODULE);
	assert_non_null(strstr(err.msg, "usbip_tls_vhci"));
}

/* 6.1 does not know "super speed plus". */
static void test_attach_super_plus(void **state)
{
	two_controllers();
	assert_int_equal(ut_vhci_attach(6, 17, 0x10002, 6, &err), 0);
	assert_string_equal(fake_read("devices/platform/vhci_hcd.0/attach"),
			    "6 17 65538 5");
}

static void test_detach(void **state)
{
	two_controllers();
	assert_int_equal(ut_vhci_detach(0, &err), -EINVAL);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	assert_int_equal(ut_vhci_detach(5, &err), -ENOENT);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	assert_int_equal(ut_vhci_detach(1, &err), 0);
	assert_string_equal(fake_read("devices/platform/vhci_hcd.0/detach"),
			    "1");
}

static void probing(void)
{
	fake(HEAD "hs  0000 006 003 00010002 000003 3-1\n", STATUS);
	fake_device(&stick);
	fake("MAJOR=189\nMINOR=257\nDEVNAME=bus/usb/003/002\n",
	     USB3 "/3-1/uevent");
}

/* The kernel does this when all interfaces have been probed. */
static void probed(void)
{
	fake(NULL, USB3 "/3-0:1.0/usb3-port1");
	fake_link(USB3 "/3-0:1.0/usb3-port1", USB3 "/3-1/port");
}

static void attached(void)
{
	probing();
	probed();
}

static void storage_driver(void)
{
	fake(NULL, "bus/usb/drivers/usb-storage/");
	fake_link("bus/usb/drivers/usb-storage", USB3 "/3-1/3-1:1.0/driver");
}

static void disk(void)
{
	fake("MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n",
	     USB3 "/3-1/3-1:1.0/host0/target0/0:0:0:0/block/sda/uevent");
	fake("MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\n",
	     USB3 "/3-1/3-1:1.0/host0/target0/0:0:0:0/block/sda/sda1/uevent");
	fake("8:0\n", USB3 "/3-1/3-1:1.0/host0/target0/0:0:0:0/block/sda/dev");
	fake("8:1\n",
	     USB3 "/3-1/3-1:1.0/host0/target0/0:0:0:0/block/sda/sda1/dev");
}

static void no_interfaces(void)
{
	fake_gone(USB3 "/3-1/3-1:1.0/driver");
	fake_gone(USB3 "/3-1/3-1:1.0/bInterfaceClass");
	fake_gone(USB3 "/3-1/3-1:1.0/bInterfaceSubClass");
	fake_gone(USB3 "/3-1/3-1:1.0/bInterfaceProtocol");
	fake_gone(USB3 "/3-1/3-1:1.0");
}

/* Looks until everything has been reported. */
static int settled(int timeout_ms, struct ut_vhci_nodes *nodes,
		   struct ut_err *e)
{
	struct ut_vhci_settle s;
	int ret;

	ut_vhci_settle(&s, 0, timeout_ms);
	while ((ret = ut_vhci_look(&s, nodes, e)) == -EAGAIN)
		poll(NULL, 0, ut_clock_left(s.next));
	return ret;
}

static void test_nodes(void **state)
{
	struct ut_vhci_nodes nodes;

	attached();
	storage_driver();
	disk();
	fake("DEVNAME=bsg/0:0:0:0\n",
	     USB3 "/3-1/3-1:1.0/host0/target0/0:0:0:0/bsg/0:0:0:0/uevent");
	fake("247:0\n",
	     USB3 "/3-1/3-1:1.0/host0/target0/0:0:0:0/bsg/0:0:0:0/dev");
	/* What is not a node is not asked: its driver may just be binding. */
	fake("DEVNAME=no-node\n", USB3 "/3-1/3-1:1.0/host0/uevent");
	/* Links that lead out of the tree must not be followed. */
	fake_link("devices", USB3 "/3-1/3-1:1.0/host0/subsystem");
	assert_int_equal(ut_vhci_nodes_of("3-1", &nodes, &err), 0);
	assert_int_equal(nodes.n, 2);
	assert_string_equal(nodes.path[0], "/dev/sda");
	assert_string_equal(nodes.path[1], "/dev/sda1");
	assert_int_equal(nodes.interfaces, 1);
	assert_int_equal(nodes.bound, 1);
	assert_string_equal(nodes.drivers, "usb-storage");
	assert_int_equal(ut_vhci_nodes_of("3-9", &nodes, &err), -ENOENT);
}

static void test_many_nodes(void **state)
{
	struct ut_vhci_nodes nodes;
	int i;

	attached();
	storage_driver();
	for (i = 0; i < UT_VHCI_MAX_NODES + 20; i++) {
		fake("DEVNAME=x\n", USB3 "/3-1/3-1:1.0/x%d/uevent", i);
		fake("9:9\n", USB3 "/3-1/3-1:1.0/x%d/dev", i);
	}
	assert_int_equal(ut_vhci_nodes_of("3-1", &nodes, &err), 0);
	assert_int_equal(nodes.n, UT_VHCI_MAX_NODES);
}

static void test_wait_ready(void **state)
{
	struct ut_vhci_nodes nodes;

	attached();
	storage_driver();
	disk();
	assert_int_equal(settled(5000, &nodes, &err), 0);
	assert_int_equal(nodes.n, 2);
	assert_true(nodes.ready_ms < 1000);
}

static void *later(void *arg)
{
	struct timespec nap = { .tv_nsec = 300 * 1000000L };

	nanosleep(&nap, NULL);
	storage_driver();
	nanosleep(&nap, NULL);
	disk();
	return NULL;
}

/* A disk appears a while after its driver; the wait must not end before. */
static void test_wait_for_disk(void **state)
{
	struct ut_vhci_nodes nodes;
	pthread_t thread;

	attached();
	assert_int_equal(pthread_create(&thread, NULL, later, NULL), 0);
	assert_int_equal(settled(20000, &nodes, &err), 0);
	pthread_join(thread, NULL);
	assert_int_equal(nodes.n, 2);
	assert_true(nodes.ready_ms >= 600);
}

/* No driver here for the interface: the wait ends when nothing changes any more. */
static void test_wait_without_driver(void **state)
{
	struct ut_vhci_nodes nodes;

	attached();
	assert_int_equal(settled(20000, &nodes, &err), 0);
	assert_int_equal(nodes.n, 0);
	assert_int_equal(nodes.bound, 0);
	assert_int_equal(nodes.interfaces, 1);
}

/* At the deadline a device that is configured counts as ready. */
static void test_wait_deadline(void **state)
{
	struct ut_vhci_nodes nodes;

	attached();
	storage_driver();
	assert_int_equal(settled(200, &nodes, &err), 0);
	assert_int_equal(nodes.bound, 1);
	/* The kernel creates them when it configures the device. */
	no_interfaces();
	assert_int_equal(settled(200, &nodes, &err), -ETIMEDOUT);
	assert_int_equal(err.code, UT_EXIT_TIMEOUT);
	assert_non_null(strstr(err.hint, "detach -p 0"));
}

/* A configuration may have no interfaces: then there is nothing to wait for. */
static void test_wait_bare(void **state)
{
	static const unsigned char raw[] = {
		18, 1, 0, 2, 255, 0, 0, 64, 0, 0, 0, 0, 0, 1, 1, 2, 3, 1,
		9, 2, 9, 0, 0, 1, 0, 0x80, 50,
	};
	struct ut_vhci_nodes nodes;

	probing();
	no_interfaces();
	fake_bytes(raw, sizeof(raw), USB3 "/3-1/descriptors");
	assert_int_equal(settled(200, &nodes, &err), -ETIMEDOUT);
	probed();
	assert_int_equal(settled(200, &nodes, &err), 0);
	assert_int_equal(nodes.interfaces, 0);
}

static void input(int interface)
{
	fake(NULL, "bus/usb/drivers/usbhid/");
	fake_link("bus/usb/drivers/usbhid", USB3 "/3-1/3-1:1.%d/driver",
		  interface);
	fake(interface ? "DEVNAME=input/event1\n" : "DEVNAME=input/event0\n",
	     USB3 "/3-1/3-1:1.%d/input/event/uevent", interface);
	fake("13:64\n", USB3 "/3-1/3-1:1.%d/input/event/dev", interface);
}

/* A kernel that probes one interface after the other, and takes time for each. */
static void *probe_slowly(void *arg)
{
	const struct timespec nap = { .tv_nsec = 600 * 1000000L };

	nanosleep(&nap, NULL);
	nanosleep(&nap, NULL);
	input(0);
	nanosleep(&nap, NULL);
	input(1);
	probed();
	return NULL;
}

/*
 * The first interface has a driver from the start, but its probe runs for longer than
 * any quiet period; then all interfaces have the nodes that exist, but another is still
 * to come.
 */
static void test_wait_for_probe(void **state)
{
	struct ut_vhci_nodes nodes;
	pthread_t thread;

	probing();
	fake(NULL, "bus/usb/drivers/usbhid/");
	fake_link("bus/usb/drivers/usbhid", USB3 "/3-1/3-1:1.0/driver");
	assert_int_equal(pthread_create(&thread, NULL, probe_slowly, NULL), 0);
	assert_int_equal(settled(20000, &nodes, &err), 0);
	pthread_join(thread, NULL);
	assert_int_equal(nodes.interfaces, 2);
	assert_int_equal(nodes.bound, 2);
	assert_int_equal(nodes.n, 2);
	assert_string_equal(nodes.path[1], "/dev/input/event1");
	assert_true(nodes.ready_ms >= 1800);
}

/* A probe that never ends blocks nobody: what is there counts. */
static void test_wait_probing(void **state)
{
	struct ut_vhci_nodes nodes;

	probing();
	input(0);
	assert_int_equal(settled(300, &nodes, &err), 0);
	assert_int_equal(nodes.n, 1);
}

static void test_wait_gone(void **state)
{
	struct ut_vhci_nodes nodes;

	fake(HEAD "hs  0000 004 000 00000000 000000 0-0\n", STATUS);
	assert_int_equal(settled(5000, &nodes, &err), -ENODEV);
	fake(HEAD "hs  0000 007 000 00000000 000000 0-0\n", STATUS);
	assert_int_equal(settled(5000, &nodes, &err), -ENODEV);
	fake(HEAD "hs  0000 005 000 00000000 000000 0-0\n", STATUS);
	assert_int_equal(settled(200, &nodes, &err), -ETIMEDOUT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_list), T(test_no_module), T(test_odd_lines),
		T(test_free_port), T(test_wanted_port),
		T(test_port_at_rest),
		T(test_no_free_port), T(test_attach),
		T(test_check), T(test_attach_super_plus), T(test_detach),
		T(test_nodes),
		T(test_many_nodes), T(test_wait_ready), T(test_wait_for_disk),
		T(test_wait_without_driver), T(test_wait_deadline),
		T(test_wait_bare), T(test_wait_for_probe),
		T(test_wait_probing), T(test_wait_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
