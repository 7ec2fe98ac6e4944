/* SPDX-License-Identifier: GPL-2.0 */
/* When to try again: after twice the time of the last pause, with jitter. */
#ifndef UT_BASE_BACKOFF_H
#define UT_BASE_BACKOFF_H

#include <stdint.h>
#include <sys/random.h>

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
 * Failed once more. The pause is @min_s seconds, then twice as long each time up
 * to @max_s, and shortened by up to half at random, so that many tablets do not
 * come all at once when a dock is back.
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

#endif /* UT_BASE_BACKOFF_H */
