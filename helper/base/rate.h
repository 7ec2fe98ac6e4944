/* SPDX-License-Identifier: GPL-2.0 */
/* How often: when to try again, and how many a second. */
#ifndef UT_BASE_RATE_H
#define UT_BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/random.h>

/* --- to try again: after twice the time of the last pause, with jitter --- */

/**
 * struct ut_backoff - zeroed: never failed, try at once
 * @fails: in a row
 * @next: ut_clock_ms() of the next try
 */
struct ut_backoff {
	unsigned int fails;
	int64_t next;
};

/*
 * Failed once more. The pause is @min_s seconds, then twice as long each time up to
 * @max_s, and shortened by up to half at random, so that tablets do not all come back
 * at once when a dock does.
 */
static inline void ut_backoff_fail(struct ut_backoff *b, int64_t now,
				   unsigned int min_s, unsigned int max_s,
				   uint32_t random)
{
	int64_t pause = min_s * 1000LL, max = max_s * 1000LL;
	unsigned int i;

	for (i = 0; i < b->fails && pause < max; i++)
		pause *= 2;
	if (pause > max)
		pause = max;
	b->fails++;
	b->next = now + pause - pause * (random % 512) / 1024;
}

/* Only spreads machines over time: without it nothing is lost. */
static inline uint32_t ut_backoff_random(void)
{
	uint32_t v;

	return getrandom(&v, sizeof(v), GRND_NONBLOCK) == sizeof(v) ? v : 0;
}

static inline void ut_backoff_reset(struct ut_backoff *b)
{
	b->fails = 0;
	b->next = 0;
}

/* --- a token bucket: so many of something a second, and a few more at once --- */

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

#endif /* UT_BASE_RATE_H */
