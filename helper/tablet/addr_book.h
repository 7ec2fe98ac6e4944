/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The address book: under which addresses docks may be reached. They come from the
 * configuration, or are hints of discovery. If a dock has several, one of them is
 * connected, and the others are its twins, which wait.
 */
#ifndef UT_TABLET_ADDR_BOOK_H
#define UT_TABLET_ADDR_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/config.h"
#include "tablet/dock_addr.h"

/* Configured ones and hints together. */
#define UT_TABLET_MAX_ADDRS	128
#define UT_TABLET_MAX_HINTS	64

/**
 * struct ut_addr_book - all addresses; zeroed: none
 * @v: owned, in the order in which they came
 * @n: how many
 */
struct ut_addr_book {
	struct ut_dock_addr *v[UT_TABLET_MAX_ADDRS];
	size_t n;
};

/*
 * Makes the configured ones what @cfg says, as far as there is room and memory; hints
 * stay. Ends connections to those that it has no more or does not allow. All that are
 * not connected may be tried at once.
 */
void ut_addr_book_set(struct ut_addr_book *b, const struct ut_config *cfg);

/*
 * Discovery has found a dock, or sees it no more. Hints that do not fit in are
 * forgotten. One that is gone stays as long as it is connected.
 */
void ut_addr_book_hint(struct ut_addr_book *b, const char *host, uint16_t port);
void ut_addr_book_hint_gone(struct ut_addr_book *b, const char *host,
			    uint16_t port);

/* Drops, and frees, hints that are gone and not connected. */
void ut_addr_book_drop_gone(struct ut_addr_book *b);

/*
 * Hints of what is configured rest for as long as it is. To be called when an address
 * is known to which a name has led.
 */
void ut_addr_book_match(struct ut_addr_book *b);

/* All that are down may be tried at once. */
void ut_addr_book_hurry(struct ut_addr_book *b);

/* The address by which dock @name is connected, but for @except; NULL: none. */
const struct ut_dock_addr *
ut_addr_book_up(const struct ut_addr_book *b, const char *name,
		const struct ut_dock_addr *except);

/* Dock @name is lost: its twins may be tried at once. */
void ut_addr_book_wake(struct ut_addr_book *b, const char *name);

/* Ends all connections and attaches that are on their way; the book is empty then. */
void ut_addr_book_free(struct ut_addr_book *b);

#endif /* UT_TABLET_ADDR_BOOK_H */
