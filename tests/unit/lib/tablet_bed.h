/* SPDX-License-Identifier: GPL-2.0 */
/* A tablet in the loop of a test, with the dock of dock_bed.h. */
#ifndef UT_TEST_TABLET_BED_H
#define UT_TEST_TABLET_BED_H

#include "lib/dock_bed.h"
#include "tablet/tablet.h"

extern struct ut_tablet *tab;
extern sd_event *tab_loop;
extern struct ut_err tab_err;

/* Before and after each test; what is open is closed. */
int tab_setup(void **state);
int tab_teardown(void **state);

/* fx.tablet knows the dock, and these lines. */
void tab_configure(const char *rest);

/* Opens it with fx.tablet and these lines of configuration on top; NULL: none. */
void tab_open(const char *more);

/* The dock address with this number. */
struct ut_dock_addr *tab_addr(size_t i);

/* Milliseconds until something is due, as for poll(2); -1: never. */
int tab_timeout(void);

/* Runs the loop until this is true. */
void tab_until(bool (*so)(void), const char *what);

/*
 * Of the first address, for tab_until(): up; up with the stick that the dock shares;
 * lost with an error; not allowed; watched.
 */
bool tab_up(void);
bool tab_has_stick(void);
bool tab_down(void);
bool tab_denied(void);
bool tab_watched(void);

#endif /* UT_TEST_TABLET_BED_H */
