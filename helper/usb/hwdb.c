// SPDX-License-Identifier: GPL-2.0
/* Names for numbers: udev's hardware database, and the USB classes. */
#include <libudev.h>
#include <stdio.h>
#include <string.h>

#include "usb/select.h"

void ut_hwdb_names(unsigned int vid, unsigned int pid, char *vendor,
		   size_t vendor_size, char *product, size_t product_size)
{
	struct udev_list_entry *e;
	struct udev_hwdb *hwdb = NULL;
	struct udev *udev;
	char modalias[64];
	const char *name;

	vendor[0] = '\0';
	product[0] = '\0';
	udev = udev_new();
	if (udev)
		hwdb = udev_hwdb_new(udev);
	if (!hwdb)
		goto out;
	snprintf(modalias, sizeof(modalias), "usb:v%04Xp%04X*", vid, pid);
	e = udev_hwdb_get_properties_list_entry(hwdb, modalias, 0);
	for (; e; e = udev_list_entry_get_next(e)) {
		name = udev_list_entry_get_name(e);
		if (!strcmp(name, "ID_VENDOR_FROM_DATABASE"))
			snprintf(vendor, vendor_size, "%s",
				 udev_list_entry_get_value(e));
		else if (!strcmp(name, "ID_MODEL_FROM_DATABASE"))
			snprintf(product, product_size, "%s",
				 udev_list_entry_get_value(e));
	}
	ut_sanitize(vendor);
	ut_sanitize(product);
out:
	if (hwdb)
		udev_hwdb_unref(hwdb);
	if (udev)
		udev_unref(udev);
}

const char *ut_class_name(unsigned int class)
{
	static const struct {
		unsigned int class;
		const char *name;
	} table[] = {
		{ 0x01, "Audio" }, { 0x02, "Communications" },
		{ 0x03, "Human Interface Device" }, { 0x05, "Physical" },
		{ 0x06, "Still Image" }, { 0x07, "Printer" },
		{ 0x08, "Mass Storage" }, { 0x09, "Hub" },
		{ 0x0a, "CDC Data" }, { 0x0b, "Smart Card" },
		{ 0x0d, "Content Security" }, { 0x0e, "Video" },
		{ 0x0f, "Personal Healthcare" }, { 0x10, "Audio/Video" },
		{ 0xdc, "Diagnostic" }, { 0xe0, "Wireless" },
		{ 0xef, "Miscellaneous" }, { 0xfe, "Application Specific" },
		{ 0xff, "Vendor Specific" },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].class == class)
			return table[i].name;
	return "";
}
