/* SPDX-License-Identifier: GPL-2.0 */
/* A token bucket: so many of something a second, and a few more at once. */
#ifndef UT_BASE_BUCKET_H
#define UT_BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct ut_bucket - one bucket
 * @rate: tokens that come in a second
 * @burst: how many it holds
 * @level: thousandths of tokens in it
 * @at: milliseconds of CLOCK_MONOTONIC, when @level was right
 */
struct ut_bucket {
	unsigned int rate;
	unsigned int burst;
	int64_t level;
	int64_t at;
};

/* It begins full. */
static inline void ut_bucket_init(struct ut_bucket *b, unsigned int rate,
				  unsigned int burst, int64_t now)
{
	b->rate = rate;
	b->burst = burst;
	b->level = (int64_t)burst * 1000;
	b->at = now;
}

static inline void ut_bucket_fill(struct ut_bucket *b, int64_t now)
{
	const int64_t most = (int64_t)b->burst * 1000;
	int64_t passed = now - b->at;

	if (passed <= 0)
		return;
	b->at = now;
	/* A long time must not overflow. */
	if (passed > most)
		passed = most;
	b->level += passed * b->rate;
	if (b->level > most)
		b->level = most;
}

static inline bool ut_bucket_take(struct ut_bucket *b, int64_t now)
{
	ut_bucket_fill(b, now);
	if (b->level < 1000)
		return false;
	b->level -= 1000;
	return true;
}

static inline bool ut_bucket_is_full(struct ut_bucket *b, int64_t now)
{
	ut_bucket_fill(b, now);
	return b->level == (int64_t)b->burst * 1000;
}

#endif /* UT_BASE_BUCKET_H */
