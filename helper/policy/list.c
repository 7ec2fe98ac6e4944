// SPDX-License-Identifier: GPL-2.0
/* Lists of the configuration: see list.h. */
#include <stdlib.h>
#include <string.h>

#include "policy/list.h"

/* What all lists look like; copied, as the types of their pointers differ. */
struct raw {
	void *v;
	size_t n;
};

_Static_assert(sizeof(struct raw) == sizeof(UT_LIST(char *)),
	       "a list is a pointer and a number");

void *ut_list_add(void *list, size_t item)
{
	struct raw raw;
	char *v;

	memcpy(&raw, list, sizeof(raw));
	v = reallocarray(raw.v, raw.n + 1, item);
	if (!v)
		return NULL;
	memset(v + raw.n * item, 0, item);
	raw.v = v;
	raw.n++;
	memcpy(list, &raw, sizeof(raw));
	return v + (raw.n - 1) * item;
}

void ut_list_drop_last(void *list, size_t item)
{
	struct raw raw;

	memcpy(&raw, list, sizeof(raw));
	if (raw.n == 1) {
		ut_list_clear(list, item, NULL);
		return;
	}
	raw.n--;
	memcpy(list, &raw, sizeof(raw));
}

void ut_list_clear(void *list, size_t item, void (*drop)(void *item))
{
	struct raw raw;
	size_t i;

	memcpy(&raw, list, sizeof(raw));
	for (i = 0; drop && i < raw.n; i++)
		drop((char *)raw.v + i * item);
	free(raw.v);
	memset(list, 0, sizeof(raw));
}

void ut_text_drop(void *item)
{
	char *text;

	memcpy(&text, item, sizeof(text));
	free(text);
}
