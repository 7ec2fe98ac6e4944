// SPDX-License-Identifier: GPL-2.0
/* Vectors: see vec.h. */
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* What all of them begin with; copied, as the types of their pointers differ. */
struct raw {
	void *v;
	size_t n;
};

_Static_assert(sizeof(struct raw) == sizeof(UT_VEC(char *)),
	       "a vector is a pointer and a number");

void *ut_vec_raw_add(void *vec, size_t item)
{
	struct raw raw;
	char *v;

	memcpy(&raw, vec, sizeof(raw));
	v = reallocarray(raw.v, raw.n + 1, item);
	if (!v)
		return NULL;
	memset(v + raw.n * item, 0, item);
	raw.v = v;
	raw.n++;
	memcpy(vec, &raw, sizeof(raw));
	return v + (raw.n - 1) * item;
}

void ut_vec_raw_drop_last(void *vec, size_t item)
{
	struct raw raw;

	memcpy(&raw, vec, sizeof(raw));
	if (raw.n == 1) {
		ut_vec_raw_clear(vec, item, NULL);
		return;
	}
	raw.n--;
	memcpy(vec, &raw, sizeof(raw));
}

void ut_vec_raw_clear(void *vec, size_t item, void (*drop)(void *item))
{
	struct raw raw;
	size_t i;

	memcpy(&raw, vec, sizeof(raw));
	for (i = 0; drop && i < raw.n; i++)
		drop((char *)raw.v + i * item);
	free(raw.v);
	memset(vec, 0, sizeof(raw));
}

void ut_text_drop(void *item)
{
	char *text;

	memcpy(&text, item, sizeof(text));
	free(text);
}
