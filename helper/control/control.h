/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control socket of the daemon: how the command asks it things.
 *
 * A Unix stream socket for each role, so that a dock and a tablet may run on one
 * machine. Both directions are lines of JSON, each an object with "schema".
 *
 *   {"schema": 1, "request": "status"}
 *   {"schema": 1, "ok": true, ...}
 *   {"schema": 1, "ok": false, "code": 13, "error": "...", "hint": "..."}
 *
 * "code" is one of enum ut_exit. After the reply to "watch" each line is an
 * event, {"schema": 1, "event": "session-opened", ...}, until one side closes.
 * Only root and the daemon's own user are answered.
 */
#ifndef UT_CONTROL_CONTROL_H
#define UT_CONTROL_CONTROL_H

#define UT_CONTROL_DIR		"/run/usbip-tls"
/* Clients at once; of a request line with its newline; bytes of one reply. */
#define UT_CONTROL_MAX_CLIENTS	16
#define UT_CONTROL_MAX_LINE	4096
#define UT_CONTROL_MAX_REPLY	(1024 * 1024)
/* What a watcher may leave unread before it is dropped, besides what the kernel
 * keeps for it. */
#define UT_CONTROL_MAX_BACKLOG	(64 * 1024)
/* A client that says nothing, or does not read its reply, is dropped. */
#define UT_CONTROL_SILENCE_MS	10000
/* Requests are flat objects. */
#define UT_CONTROL_DEPTH	4

/** enum ut_control_request - what can be asked */
enum ut_control_request {
	UT_CONTROL_STATUS,
	UT_CONTROL_WATCH,
	UT_CONTROL_SUSPEND,	/* attach nothing until RESUME */
	UT_CONTROL_RESUME,
	UT_CONTROL_RELOAD,
	UT_CONTROL_REQUESTS,
};

/* "status", "watch", ... */
const char *ut_control_request_name(enum ut_control_request request);

/* The roles a daemon may have, each with a socket: NULL ends the list. */
extern const char *const ut_control_roles[];

/* Path of the socket of a role. -ENAMETOOLONG: it does not fit a sockaddr_un. */
struct sockaddr_un;
int ut_control_address(const char *role, struct sockaddr_un *sun);

/* Where the sockets are, for unit tests; NULL sets it back. @dir must stay. */
void ut_control_dir_set(const char *dir);
const char *ut_control_dir(void);

#endif /* UT_CONTROL_CONTROL_H */
