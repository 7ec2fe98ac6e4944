/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Vectors: allocated, and again with each item that is added, so not for many
 * thousands of them.
 *
 * A vector is a struct that begins with a pointer to its items, @v, and their number,
 * @n, as UT_VEC() is.
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

/* The size of an item of *@vec, if that is a vector: else it does not compile. */
#define ut_vec_item(vec) ({ \
	_Static_assert(offsetof(__typeof__(*(vec)), v) == 0 && \
		       offsetof(__typeof__(*(vec)), n) == sizeof(void *) && \
		       sizeof((vec)->n) == sizeof(size_t), \
		       "a vector begins with its items and their number"); \
	sizeof(*(vec)->v); })

/* A new item at the end, all zero. NULL: no memory; the vector is as before. */
#define ut_vec_add(vec) \
	((__typeof__((vec)->v))ut_vec_raw_add(vec, ut_vec_item(vec)))

/* Takes the last item away; what it holds must be free already. */
#define ut_vec_drop_last(vec)	ut_vec_raw_drop_last(vec, ut_vec_item(vec))

/* Empties it; @drop frees what an item holds, NULL: nothing. */
#define ut_vec_clear(vec, drop) \
	ut_vec_raw_clear(vec, ut_vec_item(vec), drop)

/* The same for a vector whose type is not known here, but the size of its items. */
void *ut_vec_raw_add(void *vec, size_t item);
void ut_vec_raw_drop_last(void *vec, size_t item);
void ut_vec_raw_clear(void *vec, size_t item, void (*drop)(void *item));

/* @drop for items that are allocated strings. */
void ut_text_drop(void *item);

#endif /* UT_BASE_VEC_H */
