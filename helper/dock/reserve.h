/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices on their way from one tablet to another. The stock driver needs a
 * moment to give a device back, and the tablet that loses it asks for it again at
 * once: for so long it is kept for the one who takes it over. Pure code.
 */
#ifndef UT_DOCK_RESERVE_H
#define UT_DOCK_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "tls/reason.h"

#define UT_RESERVE_MAX	16
#define UT_RESERVE_MS	5000

/**
 * struct ut_reserves - all of them
 * @busid: the device; "": unused
 * @tablet: name in the certificate of the one who may have it
 * @until: ut_clock_ms()
 */
struct ut_reserves {
	struct {
		char busid[32];
		char tablet[UT_TLS_NAME_SIZE];
		int64_t until;
	} v[UT_RESERVE_MAX];
};

/* The device is this tablet's for UT_RESERVE_MS; the oldest makes room. */
void ut_reserve(struct ut_reserves *r, const char *busid, const char *tablet,
		int64_t now);

/* Is it kept for another tablet than this one? */
bool ut_reserved(const struct ut_reserves *r, const char *busid,
		 const char *tablet, int64_t now);

/* Somebody has the device. */
void ut_reserve_end(struct ut_reserves *r, const char *busid);

#endif /* UT_DOCK_RESERVE_H */
