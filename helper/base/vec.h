/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Vectors: allocated, one item at a time, never long.
 *
 * A vector is a struct that begins with a pointer to its items and their number, as
 * UT_VEC() is. The functions here do not know the type of an item, only its size.
 */
#ifndef UT_BASE_VEC_H
#define UT_BASE_VEC_H

#include <stddef.h>

/*
 * @v: the items; NULL if there are none
 * @n: how many
 */
#define UT_VEC(type) struct { type *v; size_t n; }

struct ut_texts {
	char **v;
	size_t n;
};

/* A new item at the end, all zero. NULL: no memory; the vector is as before. */
void *ut_vec_add(void *vec, size_t item);

/* Takes the last item away; what it holds must be free already. */
void ut_vec_drop_last(void *vec, size_t item);

/* Empties it; @drop frees what an item holds, NULL: nothing. */
void ut_vec_clear(void *vec, size_t item, void (*drop)(void *item));

/* @drop for items that are allocated strings. */
void ut_text_drop(void *item);

#endif /* UT_BASE_VEC_H */
