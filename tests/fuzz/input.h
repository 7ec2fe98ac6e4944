/* SPDX-License-Identifier: GPL-2.0 */
/* The input of a fuzzer, taken byte by byte. */
#ifndef UT_FUZZ_INPUT_H
#define UT_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* The rest of it; zeros once it is used up. */
struct input {
	const uint8_t *p;
	size_t n;
};

static inline uint8_t take(struct input *in)
{
	if (!in->n)
		return 0;
	in->n--;
	return *in->p++;
}

#endif /* UT_FUZZ_INPUT_H */
