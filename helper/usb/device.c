// SPDX-License-Identifier: GPL-2.0
/* USB devices of this machine, from sysfs: see device.h. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/vec.h"
#include "usb/device.h"
#include "usb/sysfs.h"

#define USB_CLASS_HUB	9
/* By then the kernel has given up on a device that does not answer. */
#define RESET_WAIT_MS	30000

const char *ut_speed_name(uint32_t speed)
{
	static const char *const names[] = {
		"Unknown Speed", "Low Speed(1.5Mbps)", "Full Speed(12Mbps)",
		"High Speed(480Mbps)", "Wireless", "Super Speed(5000Mbps)",
		"Super Speed Plus(10000Mbps)",
	};

	return speed < sizeof(names) / sizeof(names[0]) ? names[speed] :
	       names[0];
}

static uint32_t parse_speed(const char *text)
{
	static const struct {
		const char *text;
		uint32_t speed;
	} table[] = {
		{ "1.5", 1 }, { "low-speed", 1 },
		{ "12", 2 }, { "full-speed", 2 },
		{ "480", 3 }, { "high-speed", 3 },
		{ "53.3-480", 4 }, { "wireless", 4 },
		{ "5000", 5 }, { "super-speed", 5 },
		{ "10000", 6 }, { "20000", 6 }, { "super-speed-plus", 6 },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].text, text))
			return table[i].speed;
	return 0;
}

/* A number below dir; 0 if it cannot be read (the attribute may be empty). */
static uint32_t number(const char *dir, const char *attr, int base,
		       uint32_t max)
{
	char path[PATH_MAX];
	uint32_t v = 0;

	if (!ut_path_join(path, sizeof(path), dir, attr, NULL) &&
	    ut_sysfs_number(path, base, max, &v))
		v = 0;
	return v;
}

/*
 * A text below dir; empty if there is none. Longer ones are cut. False: not
 * readable.
 */
static bool text(const char *dir, const char *attr, char *dst, size_t size)
{
	char path[PATH_MAX], line[1024];
	ssize_t n;

	dst[0] = '\0';
	if (ut_path_join(path, sizeof(path), dir, attr, NULL))
		return false;
	n = ut_sysfs_read(path, line, sizeof(line));
	if (n < 0)
		return n == -ENOENT;
	snprintf(dst, size, "%.*s", (int)size - 1, line);
	ut_sanitize(dst);
	return true;
}

static void read_interface(const char *dir, const char *name,
			   uint8_t interface[3])
{
	char sub[PATH_MAX];

	if (ut_path_join(sub, sizeof(sub), dir, name, NULL))
		return;
	interface[0] = number(sub, "bInterfaceClass", 16, 255);
	interface[1] = number(sub, "bInterfaceSubClass", 16, 255);
	interface[2] = number(sub, "bInterfaceProtocol", 16, 255);
}

/*
 * The configuration and its interfaces, which have directories, "1-2:1.0", in any
 * order. The kernel shows bConfigurationValue, too, but with the device locked.
 */
static void read_interfaces(const char *dir, struct ut_op_device *op)
{
	size_t len = strlen(op->busid);
	unsigned int config, i;
	struct dirent *d;
	DIR *dp;
	char end;

	dp = opendir(dir);
	while (dp && (d = readdir(dp))) {
		if (strncmp(d->d_name, op->busid, len) ||
		    sscanf(d->d_name + len, ":%3u.%3u%c", &config, &i, &end) != 2 ||
		    config > 255 || i >= UT_OP_MAX_INTERFACES)
			continue;
		op->config_value = (uint8_t)config;
		if (op->nif <= i)
			op->nif = (uint8_t)(i + 1);
		read_interface(dir, d->d_name, op->interfaces[i]);
	}
	if (dp)
		closedir(dp);
}

static void read_descriptor(const char *dir, struct ut_op_device *op)
{
	char speed[32];

	op->busnum = number(dir, "busnum", 10, 0xffff);
	op->devnum = number(dir, "devnum", 10, 0xffff);
	text(dir, "speed", speed, sizeof(speed));
	op->speed = parse_speed(speed);
	op->vid = number(dir, "idVendor", 16, 0xffff);
	op->pid = number(dir, "idProduct", 16, 0xffff);
	op->bcd = number(dir, "bcdDevice", 16, 0xffff);
	op->dev_class = number(dir, "bDeviceClass", 16, 255);
	op->dev_sub = number(dir, "bDeviceSubClass", 16, 255);
	op->dev_proto = number(dir, "bDeviceProtocol", 16, 255);
	op->nconf = number(dir, "bNumConfigurations", 10, 255);
}

/**
 * struct strings - those of a device, as they were read
 * @dir: its directory
 * @ino: of that; the next device at this place has another one. 0: not read yet
 */
struct strings {
	char *dir;
	ino_t ino;
	char manufacturer[UT_OP_TEXT_SIZE];
	char product[UT_OP_TEXT_SIZE];
	char serial[UT_OP_TEXT_SIZE];
};

/* The kernel shows them with the device locked. False: not all are readable. */
static bool read_strings(const char *dir, struct strings *s)
{
	bool all = text(dir, "manufacturer", s->manufacturer, UT_OP_TEXT_SIZE);

	all &= text(dir, "product", s->product, UT_OP_TEXT_SIZE);
	all &= text(dir, "serial", s->serial, UT_OP_TEXT_SIZE);
	return all;
}

static void use_strings(const struct strings *s, struct ut_op_device *op)
{
	memcpy(op->manufacturer, s->manufacturer, UT_OP_TEXT_SIZE);
	memcpy(op->product, s->product, UT_OP_TEXT_SIZE);
	memcpy(op->serial, s->serial, UT_OP_TEXT_SIZE);
}

/* NULL: there is no room for more. */
static struct strings *strings_of(const char *dir)
{
	static struct strings known[UT_USB_MAX_DEVICES];
	static size_t n;
	size_t i = 0;

	while (i < n && strcmp(known[i].dir, dir))
		i++;
	if (i == UT_USB_MAX_DEVICES)
		return NULL;
	if (i == n) {
		known[n].dir = strdup(dir);
		if (!known[n].dir)
			return NULL;
		n++;
	}
	return &known[i];
}

/*
 * A device that is reset is locked, for many seconds if it does not answer. Who then
 * reads its strings waits, and the daemon must not. They do not change as long as it
 * is the same device, so they are read once.
 */
static void know_strings(const char *dir, struct ut_op_device *op)
{
	struct strings once = { .ino = 0 }, *s = strings_of(dir);
	struct stat st;

	if (!s)
		s = &once;
	if (stat(dir, &st))
		st.st_ino = 0;
	if (!st.st_ino || s->ino != st.st_ino)
		s->ino = read_strings(dir, s) ? st.st_ino : 0;
	use_strings(s, op);
}

/* The path that goes over the wire: below /sys, whatever the root is here. */
static int wire_path(const char *dir, char *dst, size_t size)
{
	char real[PATH_MAX], root[PATH_MAX];
	size_t skip;

	if (!realpath(dir, real) || !realpath(ut_sysfs_root(), root))
		return -errno;
	skip = strlen(root);
	if (strncmp(real, root, skip))
		return -ENOENT;
	if (snprintf(dst, size, "/sys%s", real + skip) >= (int)size)
		return -ENAMETOOLONG;
	return 0;
}

static int read_usb(const char *busid, struct ut_usb_device *dev)
{
	char dir[PATH_MAX], path[PATH_MAX];
	uint32_t devnum;
	int ret;

	memset(dev, 0, sizeof(*dev));
	ret = ut_sysfs_path(dir, "/bus/usb/devices/%s", busid);
	if (!ret)
		ret = wire_path(dir, dev->op.path, sizeof(dev->op.path));
	if (ret)
		return ret;
	snprintf(dev->op.busid, sizeof(dev->op.busid), "%s", busid);
	dev->imported = strstr(dev->op.path, "/vhci_hcd") != NULL;
	read_descriptor(dir, &dev->op);
	read_interfaces(dir, &dev->op);
	if (!dev->imported)
		know_strings(dir, &dev->op);
	ret = ut_descr_read(dir, dev);
	if (ret)
		return ret;
	if (!ut_path_join(path, sizeof(path), dir, "driver", NULL))
		ut_sysfs_link_name(path, dev->driver, sizeof(dev->driver));
	dev->hub = dev->op.dev_class == USB_CLASS_HUB;
	ret = ut_stub_read_status(busid);
	if (ret < 0)
		return ret;
	dev->status = ret;
	if (dev->op.devnum)
		return 0;
	/*
	 * It has gone while it was read; or it is being reset, and had no number
	 * then: by now it may have one again.
	 */
	if (ut_path_join(path, sizeof(path), dir, "devnum", NULL) ||
	    ut_sysfs_number(path, 10, 0xffff, &devnum))
		return -ENOENT;
	return -EBUSY;
}

/* struct usb_device_descriptor, little endian, as usbip-vudc shows it. */
static int read_vudc_descriptor(const char *busid, struct ut_op_device *op)
{
	unsigned char d[18];
	char path[PATH_MAX];
	ssize_t n;
	int ret;

	ret = ut_sysfs_path(path, "/devices/platform/%s/dev_desc", busid);
	if (ret)
		return ret;
	n = ut_sysfs_read_bin(path, d, sizeof(d));
	if (n < 0)
		return (int)n;
	if (n != sizeof(d) || d[0] != sizeof(d) || d[1] != 1)
		return -EINVAL;
	op->dev_class = d[4];
	op->dev_sub = d[5];
	op->dev_proto = d[6];
	op->vid = (uint16_t)(d[8] | d[9] << 8);
	op->pid = (uint16_t)(d[10] | d[11] << 8);
	op->bcd = (uint16_t)(d[12] | d[13] << 8);
	op->nconf = d[17];
	return 0;
}

static int read_vudc(const char *busid, struct ut_usb_device *dev)
{
	char dir[PATH_MAX], speed[32];
	int ret;

	memset(dev, 0, sizeof(*dev));
	ret = ut_sysfs_path(dir, "/devices/platform/%s", busid);
	if (!ret)
		ret = wire_path(dir, dev->op.path, sizeof(dev->op.path));
	if (!ret)
		ret = read_vudc_descriptor(busid, &dev->op);
	/* ENODEV: an instance that no gadget is bound to. */
	if (ret)
		return ret == -ENODEV ? -ENOENT : ret;
	snprintf(dev->op.busid, sizeof(dev->op.busid), "%s", busid);
	snprintf(dev->driver, sizeof(dev->driver), "usbip-vudc");
	dev->vudc = true;
	ret = ut_sysfs_path(dir, "/devices/platform/%s/udc/%s", busid, busid);
	if (ret)
		return ret;
	text(dir, "current_speed", speed, sizeof(speed));
	dev->op.speed = parse_speed(speed);
	ret = ut_stub_read_status(busid);
	if (ret < 0)
		return ret;
	dev->status = ret;
	return 0;
}

int ut_usb_get(const char *busid, struct ut_usb_device *dev,
	       struct ut_err *err)
{
	int ret;

	if (!ut_busid_valid(busid)) {
		ret = ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				 "\"%s\" is not a bus id", busid);
		ut_err_hint(err, "a bus id looks like 1-2 or 3-1.4; usbip-tls list -l shows them");
		return ret;
	}
	ret = ut_busid_is_vudc(busid) ? read_vudc(busid, dev) :
					read_usb(busid, dev);
	if (ret == -ENOENT) {
		ut_err_set(err, UT_EXIT_NOT_FOUND, ENOENT,
			   "there is no USB device %s", busid);
		ut_err_hint(err, "usbip-tls list -l shows the devices of this machine");
	} else if (ret) {
		ut_err_errno(err, ut_exit_of_errno(ret), ret,
			     "cannot read USB device %s", busid);
	}
	return ret;
}

int ut_usb_get_settled(const char *busid, struct ut_usb_device *dev,
		       struct ut_err *err)
{
	int64_t deadline = ut_clock_ms() + RESET_WAIT_MS;
	int ret;

	while ((ret = ut_usb_get(busid, dev, err)) == -EBUSY &&
	       ut_clock_left(deadline))
		ut_nap(20);
	return ret;
}

int ut_usb_get_imported(const char *busid, struct ut_usb_device *dev)
{
	struct strings s;
	char dir[PATH_MAX];
	int ret = ut_usb_get(busid, dev, NULL);

	if (!ret)
		ret = ut_sysfs_path(dir, "/bus/usb/devices/%s", busid);
	if (!ret && dev->imported) {
		read_strings(dir, &s);
		use_strings(&s, &dev->op);
	}
	return ret;
}

static bool wanted(enum ut_usb_filter filter, const struct ut_usb_device *d)
{
	switch (filter) {
	case UT_USB_EXPORTABLE:
		return d->vudc || (!d->hub && !d->imported);
	case UT_USB_EXPORTED:
		return d->vudc || d->status != UT_STUB_NOT_BOUND;
	default:
		return true;
	}
}

/**
 * struct collect - a list that grows
 * @v: the devices
 * @n: how many
 */
struct collect {
	struct ut_usb_device *v;
	size_t n;
};

/* Adds the devices whose bus ids are entries of a sysfs directory. */
static int scan(struct collect *c, const char *where, bool vudc,
		enum ut_usb_filter filter)
{
	char dir[PATH_MAX];
	struct ut_usb_device *v, dev;
	struct dirent *d;
	DIR *dp;
	int ret = ut_sysfs_path(dir, "%s", where);

	if (ret)
		return ret;
	dp = opendir(dir);
	if (!dp)
		return errno == ENOENT ? 0 : -errno;
	while (!ret && (d = readdir(dp))) {
		if (!ut_busid_valid(d->d_name) ||
		    ut_busid_is_vudc(d->d_name) != vudc)
			continue;
		if (vudc ? read_vudc(d->d_name, &dev) :
			   read_usb(d->d_name, &dev))
			continue;
		if (!wanted(filter, &dev))
			continue;
		if (c->n == UT_USB_MAX_DEVICES) {
			ret = -E2BIG;
			break;
		}
		v = ut_vec_add(c);
		if (v)
			*v = dev;
		else
			ret = -ENOMEM;
	}
	closedir(dp);
	return ret;
}

static int by_busid(const void *a, const void *b)
{
	const struct ut_usb_device *x = a, *y = b;

	return strverscmp(x->op.busid, y->op.busid);
}

int ut_usb_list(enum ut_usb_filter filter, struct ut_usb_device **devs,
		size_t *n, struct ut_err *err)
{
	struct collect c = { 0 };
	int ret;

	ret = scan(&c, "/bus/usb/devices", false, filter);
	if (!ret)
		ret = scan(&c, "/devices/platform", true, filter);
	if (ret) {
		free(c.v);
		return ut_err_errno(err, ut_exit_of_errno(ret), ret,
				    "cannot list USB devices");
	}
	if (c.n)
		qsort(c.v, c.n, sizeof(*c.v), by_busid);
	*devs = c.v;
	*n = c.n;
	return 0;
}
