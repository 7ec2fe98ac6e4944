/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Discovery: where docks might be. DNS-SD and the RemoteHub beacon, each of which
 * can be switched off.
 *
 * All of it is hints. Anybody on the network can send any; who a dock is says its
 * certificate alone. Names of devices are never sent or received here.
 *
 * One thread, one loop, which the caller has. No call here waits for anybody. What does
 * not work at the moment (a port that is taken, an avahi-daemon that is missing) is
 * logged and tried again.
 */
#ifndef UT_DISCOVERY_DISCOVERY_H
#define UT_DISCOVERY_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cage/sandbox.h"
#include "base/err.h"
#include "base/loop.h"
#include "discovery/found.h"

#define UT_DISCOVERY_NAME_SIZE	64

/* After the end of the DNS-SD process its hints live so long, or are renewed. */
#define UT_DISCOVERY_GRACE_MS	30000
/* A UDP port that is taken is tried again. */
#define UT_DISCOVERY_RETRY_MS	30000

/**
 * struct ut_discovery_params - what to do
 * @dns_sd: a dock announces itself by DNS-SD, a tablet looks for docks by it
 * @beacon_send: a dock sends beacons
 * @beacon_receive: a tablet hears beacons
 * @beacon_port: UDP, not 0
 * @port: TCP port of this dock, not 0
 * @plain: nothing listens with TLS there: beacons say so, and DNS-SD, whose service
 *	has TLS, says nothing of this dock
 * @name: what the dock calls itself; "": the host name, without its domain
 * @is_dock: this machine shares devices
 * @is_tablet: it uses devices
 * @use_tls: beacons that say something else are not heard
 */
struct ut_discovery_params {
	bool dns_sd;
	bool beacon_send;
	bool beacon_receive;
	uint16_t beacon_port;
	uint16_t port;
	bool plain;
	char name[UT_DISCOVERY_NAME_SIZE];
	bool is_dock;
	bool is_tablet;
	bool use_tls;
};

struct ut_discovery;

/*
 * All but @params are borrowed until ut_discovery_close(). The callbacks come from
 * @loop, ut_discovery_due() and _reload() only; see struct ut_found_ops for what they
 * may do. -EINVAL: a port is 0; -ENOMEM. On success the caller owns *d.
 */
int ut_discovery_open(struct ut_discovery **d, sd_event *loop,
		      const struct ut_discovery_params *params,
		      const struct ut_sandbox *sandbox,
		      const struct ut_found_ops *ops, void *arg,
		      struct ut_err *err);

/*
 * Takes new parameters. Only what they change is interrupted. Hints of a kind that
 * is switched off are gone. -EINVAL: the old ones stay.
 */
int ut_discovery_reload(struct ut_discovery *d,
			const struct ut_discovery_params *params,
			struct ut_err *err);

/* Does what is due. When it has to be called again. */
int64_t ut_discovery_due(struct ut_discovery *d);

/*
 * A dock with a good certificate of the name @dock has answered at @where: the
 * place outlives any flood. Not from a callback.
 */
void ut_discovery_proven(struct ut_discovery *d, const struct ut_where *where,
			 const char *dock);

/* Who answers there now is not acceptable. Not from a callback. */
void ut_discovery_disproven(struct ut_discovery *d,
			    const struct ut_where *where);

/* All places: found->e[0] to found->e[found->n - 1]. Valid until the next call. */
const struct ut_found *ut_discovery_found(const struct ut_discovery *d);

/* Takes back what was announced. NULL is fine. No callback comes. */
void ut_discovery_close(struct ut_discovery *d);

#endif /* UT_DISCOVERY_DISCOVERY_H */
