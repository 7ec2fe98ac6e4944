/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages of the daemon and the command, one line each, on stderr.
 *
 * Where stderr is the journal (systemd sets JOURNAL_STREAM) a message goes to the
 * sink of ut_log_sink_set(), with its id and fields; without one, or if that
 * fails, it is a line with its priority as "<N>" and no name. Elsewhere it is
 * "name: text". Never pass keys, passphrases or tokens. Control characters are
 * replaced by '?', because texts may hold names that a peer has chosen.
 */
#ifndef UT_BASE_LOG_H
#define UT_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Messages of the daemon that others may rely on. Each has an id, which the
 * journal keeps as MESSAGE_ID; it never changes, nor what it stands for. The
 * catalog, helper/etc/catalog/, and usbip-tlsd(8) have the same table.
 * X(name, 128 bits in hexadecimal)
 */
#define UT_LOG_IDS(X) \
	X(SESSION_OPENED, "7aaa68756767a9901d24ba1c7eaefa1f") \
	X(SESSION_CLOSED, "c047387a1c518e327ea7ca101b26ff8b") \
	X(SESSION_KEYS, "9853b77cd235ebff471be631b6ef88ed") \
	X(STRANGER_REFUSED, "dc26bad0ceea8ef916385f064332ff5a") \
	X(DEVICE_GIVEN, "76d17bd9648e8a7eafa899a624ccec27") \
	X(DEVICE_REFUSED, "214b7f08143d7ec71fd3021dc6adf8fd") \
	X(DEVICE_TAKEN, "c5b71fb8a6d2cd34878bb70a6f46e893") \
	X(DEVICE_SHARED, "13a6a5f2e2c8884fcf8a770fe46af626") \
	X(DEVICE_NOT_SHARED, "29e32de40af40e784df91964e61eba6b") \
	X(ATTACHED, "a2ab5031e14a24f5bd3bdff11225c55d") \
	X(NOT_ATTACHED, "c9ddf556444f0283cb0c6d724150cb42") \
	X(DOCK_CONNECTED, "8773bd945e7b67536e146029c0241e6f") \
	X(DOCK_LOST, "0f0da899bb65d70eee28dd170d5dbb57") \
	X(CONFIG_REFUSED, "dffb28025e0765a7ae3c50d74a6b3d8e") \
	X(CONFIG_LOADED, "ca1cf26ade1fd6c9d71f1d489f701ab4") \
	X(CERTIFICATE_EXPIRING, "58c8b48764aeb1e30adca7974198d167") \
	X(CERTIFICATE_UNFIT, "a2f8f6bf6a220d3ac10e876c081a73d3") \
	X(WORKER_DIED, "167795ae547b09a9a49eac40c862c82b") \
	X(PLAINTEXT_IMPORT, "8312c92f8897a93d87180d0af5345703")

/** enum ut_log_id - which of them; UT_LOG_NO_ID: a message for people only */
enum ut_log_id {
	UT_LOG_NO_ID,
#define UT_LOG_ID_ENUM(name, id) UT_LOG_##name,
	UT_LOG_IDS(UT_LOG_ID_ENUM)
#undef UT_LOG_ID_ENUM
	UT_LOG_N_IDS,
};

/* "" for UT_LOG_NO_ID. */
const char *ut_log_id_hex(enum ut_log_id id);

/* Values are those of syslog(3). */
enum ut_log_level {
	UT_LOG_ERR = 3,
	UT_LOG_WARNING = 4,
	UT_LOG_NOTICE = 5,
	UT_LOG_INFO = 6,
	UT_LOG_DEBUG = 7,
};

/*
 * Sets the name of the program and the least important level that is shown
 * (default: NOTICE). @ident must stay valid. Call it once, before threads or
 * workers exist; a forked worker inherits the setting.
 */
void ut_log_open(const char *ident, enum ut_log_level level);

void ut_log(enum ut_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * struct ut_log_about - what a message is about, for programs; NULL or 0: not said
 * @peer: name in the certificate of the other machine
 * @address: of it, with port
 * @busid: of the device, on the dock
 * @role: what this machine is in a session
 * @reason: short name or sentence
 * @expires: date
 * @session: number
 * @port: vhci port plus one
 */
struct ut_log_about {
	const char *peer;
	const char *address;
	const char *busid;
	const char *role;
	const char *reason;
	const char *expires;
	uint32_t session;
	uint32_t port;
};

/* A message that others may rely on. @about may be NULL. */
void ut_log_event(enum ut_log_level level, enum ut_log_id id,
		  const struct ut_log_about *about, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Takes a message whose text is clean; false: it could not. The strings in
 * @about, which may be NULL, are as the caller has them.
 */
typedef bool ut_log_sink(const char *ident, enum ut_log_level level,
			 enum ut_log_id id, const struct ut_log_about *about,
			 const char *text);

/* In use where stderr is the journal; NULL: none, as in a worker. */
void ut_log_sink_set(ut_log_sink *sink);

#define ut_log_err(...)		ut_log(UT_LOG_ERR, __VA_ARGS__)
#define ut_log_warn(...)	ut_log(UT_LOG_WARNING, __VA_ARGS__)
#define ut_log_notice(...)	ut_log(UT_LOG_NOTICE, __VA_ARGS__)
#define ut_log_info(...)	ut_log(UT_LOG_INFO, __VA_ARGS__)
#define ut_log_debug(...)	ut_log(UT_LOG_DEBUG, __VA_ARGS__)

/*
 * Allows a message that a peer can trigger at most @burst times in any 10
 * seconds; returns 0 if it is to be dropped. Each call site has its own state:
 *	static struct ut_ratelimit rl;
 *	if (ut_ratelimit(&rl, 10))
 *		ut_log_notice(...);
 */
struct ut_ratelimit {
	long window;		/* CLOCK_MONOTONIC seconds / 10 */
	unsigned int count;
};

int ut_ratelimit(struct ut_ratelimit *rl, unsigned int burst);

struct ut_err;

/* Logs message and hint of an error. */
void ut_log_error(enum ut_log_level level, const struct ut_err *err);

/* The same with an id; the reason is the message, if @about has none. */
void ut_log_error_id(enum ut_log_level level, enum ut_log_id id,
		     const struct ut_log_about *about,
		     const struct ut_err *err);

#endif /* UT_BASE_LOG_H */
