/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_BASE_CLOCK_H
#define UT_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of CLOCK_MONOTONIC: the time of all deadlines. */
static inline int64_t ut_clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Milliseconds until then, for poll(2); 0 if it is over. */
static inline int ut_clock_left(int64_t deadline)
{
	int64_t left = deadline - ut_clock_ms();

	if (left <= 0)
		return 0;
	return left > 3600000 ? 3600000 : (int)left;
}

static inline void ut_nap(unsigned int ms)
{
	const struct timespec t = {
		.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L,
	};

	nanosleep(&t, NULL);
}

/*
 * How long to sleep after a look that took @took ms, for code that polls the kernel:
 * @least or longer, so that polling takes at most a fifth of the time, because on a
 * weak machine the work that is waited for needs the processor. At most ten times
 * @least, in case the machine was only busy for a moment.
 */
static inline int64_t ut_clock_rest(int64_t took, int64_t least)
{
	if (took * 4 <= least)
		return least;
	return took * 4 < least * 10 ? took * 4 : least * 10;
}

#endif /* UT_BASE_CLOCK_H */
