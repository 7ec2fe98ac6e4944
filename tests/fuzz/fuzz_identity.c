// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors of a lying dock, and usbcore behind the check: it reads what was let
 * through as it always does, and binds drivers to the interfaces of the configuration
 * that it chooses. Whatever the input: no driver gets an interface of a class that
 * was not announced, and none gets a device with other ids.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "wire/usbip_identity.h"

#define CLASS_A		8
#define CLASS_B		0xff
#define VENDOR		0x1209
#define PRODUCT		0x0001

/*
 * What usbcore has kept: classes of each configuration value. Without several
 * configurations it chooses the one there is.
 */
struct core {
	struct usbip_identity id;
	uint8_t classes[256][32];
	bool known;
	bool over;
};

static void fail(const char *what)
{
	fprintf(stderr, "usbcore: %s\n", what);
	abort();
}

/* usb_parse_configuration(), as far as it is about classes. */
static void parse(struct core *c, const uint8_t *d, size_t size)
{
	const uint8_t *value;

	if (size < 9 || d[1] != 2 || d[0] < 9 || d[0] > size)
		return;
	value = &d[5];
	size -= d[0];
	d += d[0];
	while (size >= 2) {
		if (d[0] > size || d[0] < 2)
			break;
		if (d[1] == 4 && d[0] >= 9)
			c->classes[*value][d[5] / 8] |= 1 << d[5] % 8;
		size -= d[0];
		d += d[0];
	}
}

static void configuration(struct core *c, const uint8_t *d, size_t len)
{
	if (usbip_identity_answer(&c->id, USBIP_DESC_CONFIG, d, len)) {
		c->over = true;
		return;
	}
	parse(c, d, len);
}

static void device(struct core *c, const uint8_t *d, size_t len)
{
	if (usbip_identity_answer(&c->id, USBIP_DESC_DEVICE, d, len)) {
		c->over = true;
		return;
	}
	/* usb_get_device_descriptor() takes nothing shorter. */
	if (len < 18 || d[1] != 1)
		return;
	if ((d[8] | d[9] << 8) != VENDOR || (d[10] | d[11] << 8) != PRODUCT ||
	    d[4] || d[5] || d[6])
		fail("a device with other ids");
}

static void choose(struct core *c, uint8_t value)
{
	const uint8_t setup[8] = { 0, USBIP_REQ_SET_CONFIGURATION, value };
	unsigned int class;

	if (usbip_identity_request(&c->id, setup)) {
		c->over = true;
		return;
	}
	for (class = 0; c->known && class < 256; class++)
		if ((c->classes[value][class / 8] & 1 << class % 8) &&
		    class != 0 && class != CLASS_A && class != CLASS_B)
			fail("a driver for a class that was not announced");
}

/* Some bytes of the input in memory of just that size, for ASan. */
static void answer(struct core *c, struct input *in,
		   void (*to)(struct core *c, const uint8_t *d, size_t len))
{
	size_t len = take(in);
	uint8_t *copy;

	if (len > in->n)
		len = in->n;
	copy = malloc(len + !len);
	if (!copy)
		fail("no memory");
	memcpy(copy, in->p, len);
	in->p += len;
	in->n -= len;
	to(c, copy, len);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct core c;
	struct usbip_announced a = {
		.vendor = VENDOR, .product = PRODUCT, .release = 0x0100,
	};
	struct input in = { data, size };

	memset(&c, 0, sizeof(c));
	c.known = take(&in) & 1;
	a.classes_known = c.known;
	if (c.known) {
		usbip_identity_set_bit(a.classes, CLASS_A);
		usbip_identity_set_bit(a.classes, CLASS_B);
	}
	usbip_identity_init(&c.id, &a);
	while (in.n && !c.over) {
		switch (take(&in) & 3) {
		case 0:
			answer(&c, &in, device);
			break;
		case 1:
			choose(&c, take(&in));
			break;
		default:
			answer(&c, &in, configuration);
			break;
		}
	}
	return 0;
}
