// SPDX-License-Identifier: GPL-2.0
#include "lib/fake_sysfs.h"

char fake_root[SCRATCH_SIZE];

int fake_setup(void **state)
{
	if (scratch_make(fake_root, "sysfs"))
		return -1;
	ut_sysfs_root_set(fake_root);
	return 0;
}

int fake_teardown(void **state)
{
	ut_sysfs_root_set(NULL);
	return scratch_drop(fake_root);
}

/* mkdir -p of the directory part below the root; returns the full path. */
static const char *fake_path(const char *fmt, va_list ap)
{
	static char path[1024];
	char *p;
	int n;

	n = snprintf(path, sizeof(path), "%s/", fake_root);
	vsnprintf(path + n, sizeof(path) - n, fmt, ap);
	for (p = path + strlen(fake_root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	return path;
}

static void put(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(data, 1, len, f) != len || fclose(f))
		abort();
}

void fake(const char *content, const char *fmt, ...)
{
	const char *path;
	va_list ap;

	va_start(ap, fmt);
	path = fake_path(fmt, ap);
	va_end(ap);
	if (content)
		put(path, content, strlen(content));
	else
		mkdir(path, 0755);
}

void fake_bytes(const void *data, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(fake_path(fmt, ap), data, len);
	va_end(ap);
}

void fake_link(const char *target, const char *fmt, ...)
{
	char full[512];
	const char *path;
	va_list ap;

	va_start(ap, fmt);
	path = fake_path(fmt, ap);
	va_end(ap);
	snprintf(full, sizeof(full), "%s/%s", fake_root, target);
	unlink(path);
	if (symlink(full, path))
		abort();
}

void fake_gone(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	remove(fake_path(fmt, ap));
	va_end(ap);
}

const char *fake_read(const char *fmt, ...)
{
	static char text[4096];
	const char *path;
	va_list ap;
	size_t n;
	FILE *f;

	va_start(ap, fmt);
	path = fake_path(fmt, ap);
	va_end(ap);
	f = fopen(path, "r");
	if (!f)
		return "";
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

/* Descriptors of a device with one interface: 08/06/50. */
static void fake_descriptors(const struct fake_dev *d, const char *base)
{
	unsigned char raw[] = {
		18, 1, 0, 2, 0, 0, 0, 64, 0, 0, 0, 0, 0, 1, 1, 2, 3, 1,
		9, 2, 18, 0, 1, 1, 0, 0x80, 50,
		9, 4, 0, 0, 2, 0x08, 0x06, 0x50, 0,
	};

	raw[4] = (unsigned char)strtoul(d->class, NULL, 16);
	fake_bytes(raw, sizeof(raw), "%s/descriptors", base);
}

void fake_device(const struct fake_dev *d)
{
	char base[256];

	snprintf(base, sizeof(base), "%s/%s", d->parent, d->busid);
	fake("1\n", "%s/busnum", base);
	fake(d->devnum ? d->devnum : "2\n", "%s/devnum", base);
	fake(d->vid, "%s/idVendor", base);
	fake(d->pid, "%s/idProduct", base);
	fake("0100\n", "%s/bcdDevice", base);
	fake(d->class, "%s/bDeviceClass", base);
	fake("00\n", "%s/bDeviceSubClass", base);
	fake("00\n", "%s/bDeviceProtocol", base);
	fake("1\n", "%s/bConfigurationValue", base);
	fake("1\n", "%s/bNumConfigurations", base);
	fake(" 1\n", "%s/bNumInterfaces", base);
	fake(d->speed, "%s/speed", base);
	if (d->manufacturer)
		fake(d->manufacturer, "%s/manufacturer", base);
	if (d->product)
		fake(d->product, "%s/product", base);
	if (d->serial)
		fake(d->serial, "%s/serial", base);
	fake("08\n", "%s/%s:1.0/bInterfaceClass", base, d->busid);
	fake("06\n", "%s/%s:1.0/bInterfaceSubClass", base, d->busid);
	fake("50\n", "%s/%s:1.0/bInterfaceProtocol", base, d->busid);
	fake_descriptors(d, base);
	if (d->driver) {
		fake(NULL, "bus/usb/drivers/%s/", d->driver);
		snprintf(base, sizeof(base), "bus/usb/drivers/%s", d->driver);
		fake_link(base, "%s/%s/driver", d->parent, d->busid);
	}
	snprintf(base, sizeof(base), "%s/%s", d->parent, d->busid);
	fake_link(base, "bus/usb/devices/%s", d->busid);
}
