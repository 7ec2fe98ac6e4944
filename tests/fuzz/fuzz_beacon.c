// SPDX-License-Identifier: GPL-2.0
/*
 * Beacons: what is accepted has a name that ends and a port, and says the same
 * when it is encoded and decoded again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "proto/beacon_packet.h"

static void fail(const char *what)
{
	fprintf(stderr, "fuzz_beacon: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[UT_BEACON_SIZE];
	struct ut_beacon a, b;
	bool tls = size & 1;
	int i;

	for (i = 0; i < 2; i++, tls = !tls) {
		memset(&a, 0x5a, sizeof(a));
		if (ut_beacon_decode(data, size, tls, &a))
			continue;
		if (size != UT_BEACON_SIZE)
			fail("a beacon of another size");
		if (strnlen(a.name, sizeof(a.name)) == sizeof(a.name))
			fail("a name without an end");
		if (!a.port || a.use_tls != tls)
			fail("a beacon against the rules");
		if (ut_beacon_encode(again, &a) ||
		    ut_beacon_decode(again, sizeof(again), tls, &b))
			fail("our own beacon is refused");
		if (memcmp(a.name, b.name, sizeof(a.name)) || a.port != b.port)
			fail("a beacon changes");
	}
	return 0;
}
