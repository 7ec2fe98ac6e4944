/* SPDX-License-Identifier: GPL-2.0 */
/* Listening sockets. */
#ifndef UT_DOCK_LISTEN_H
#define UT_DOCK_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "policy/config.h"

/* With TLS, and without it. */
#define UT_DOCK_MAX_LISTEN (2 * UT_CONFIG_MAX_LISTEN)

/**
 * struct ut_listener - one listening socket
 * @io: in the loop
 * @plain: for clients without TLS
 */
struct ut_listener {
	sd_event_source *io;
	int fd;
	bool plain;
	uint16_t port;
	char address[64];
};

/** struct ut_listeners - all that are open; @n of @v */
struct ut_listeners {
	struct ut_listener v[UT_DOCK_MAX_LISTEN];
	unsigned int n;
};

/* As @config says; those that are open already stay. After an error all do. */
int ut_listen_set(struct ut_listeners *all, sd_event *loop,
		  const struct ut_config *config, struct ut_err *err);
void ut_listen_close(struct ut_listeners *all);

/* Warns of each listener without TLS. */
void ut_listen_warn(const struct ut_listeners *all);

#endif /* UT_DOCK_LISTEN_H */
