/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of the configuration: allocated, one item at a time, never long.
 *
 * A list is a struct of a pointer to its items and their number, UT_LIST(). The
 * functions here do not know the type of an item, only its size.
 */
#ifndef UT_POLICY_LIST_H
#define UT_POLICY_LIST_H

#include <stddef.h>

/*
 * @v: the items; NULL if there are none
 * @n: how many
 */
#define UT_LIST(type) struct { type *v; size_t n; }

struct ut_texts {
	char **v;
	size_t n;
};

/* A new item at the end, all zero. NULL: no memory; the list is as before. */
void *ut_list_add(void *list, size_t item);

/* Takes the last item away; what it holds must be free already. */
void ut_list_drop_last(void *list, size_t item);

/* Empties it; @drop frees what an item holds, NULL: nothing. */
void ut_list_clear(void *list, size_t item, void (*drop)(void *item));

/* @drop for items that are allocated strings. */
void ut_text_drop(void *item);

#endif /* UT_POLICY_LIST_H */
