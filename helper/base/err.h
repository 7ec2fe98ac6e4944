/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors meant for a person: what happened and why (msg), what to do (hint).
 *
 * A function that can fail for the user returns 0 or a negative errno and fills
 * the ut_err it was given. It leaves the ut_err alone on success. The ut_err
 * may be NULL where the caller has no use for the text.
 */
#ifndef UT_BASE_ERR_H
#define UT_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * enum ut_exit - how usbip-tls or usbip-tlsd ended. Scripts rely on it: a number is
 * never reused or renumbered, new ones are added at the end.
 * @UT_EXIT_OK: done
 * @UT_EXIT_FAILURE: an error without a code of its own
 * @UT_EXIT_USAGE: wrong options or arguments
 * @UT_EXIT_MODULE: a kernel module is not loaded
 * @UT_EXIT_PERMISSION: the caller lacks the rights (root, CAP_NET_ADMIN)
 * @UT_EXIT_NOT_FOUND: no such device, port, session, certificate or file
 * @UT_EXIT_AMBIGUOUS: a selection fits more than one device
 * @UT_EXIT_UNREACHABLE: no connection to the peer
 * @UT_EXIT_REFUSED: the peer refused the connection or the request; or this
 *	machine did, because it needs the device itself or a rule hides it
 * @UT_EXIT_CERTIFICATE: a certificate, ours or the peer's, is not acceptable
 * @UT_EXIT_BUSY: the device is in use
 * @UT_EXIT_NO_PORT: no free vhci port for the speed of the device
 * @UT_EXIT_TIMEOUT: a deadline has passed
 * @UT_EXIT_CONFIG: the configuration is wrong
 * @UT_EXIT_PROTOCOL: the peer does not keep to the protocol
 */
enum ut_exit {
	UT_EXIT_OK = 0,
	UT_EXIT_FAILURE = 1,
	UT_EXIT_USAGE = 2,
	UT_EXIT_MODULE = 3,
	UT_EXIT_PERMISSION = 4,
	UT_EXIT_NOT_FOUND = 5,
	UT_EXIT_AMBIGUOUS = 6,
	UT_EXIT_UNREACHABLE = 7,
	UT_EXIT_REFUSED = 8,
	UT_EXIT_CERTIFICATE = 9,
	UT_EXIT_BUSY = 10,
	UT_EXIT_NO_PORT = 11,
	UT_EXIT_TIMEOUT = 12,
	UT_EXIT_CONFIG = 13,
	UT_EXIT_PROTOCOL = 14,
};

#define UT_ERR_MSG_SIZE		512
#define UT_ERR_HINT_SIZE	256

/**
 * struct ut_err - one error
 * @code: exit code of a command that ends because of it
 * @msg: what happened and why; no newline at the end
 * @hint: what to do next; empty if there is nothing to say. The output
 *	function puts the word "hint: " before it
 */
struct ut_err {
	enum ut_exit code;
	char msg[UT_ERR_MSG_SIZE];
	char hint[UT_ERR_HINT_SIZE];
};

/* Empties it: code UT_EXIT_OK, no text. */
void ut_err_clear(struct ut_err *err);

/*
 * Sets code and message, empties the hint. @error is an errno, of either sign;
 * 0 counts as EIO. Returns -|error|, so that a caller can write
 *	return ut_err_set(err, UT_EXIT_BUSY, EBUSY, "port %u is in use", port);
 * Control characters in the result are replaced by '?', because parts of
 * messages come from a peer or a device.
 */
int ut_err_set(struct ut_err *err, enum ut_exit code, int error,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same with ": <strerror(error)>" behind the message. */
int ut_err_errno(struct ut_err *err, enum ut_exit code, int error,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Puts "text: " before the message, for a caller that knows more. */
void ut_err_prefix(struct ut_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets the hint. */
void ut_err_hint(struct ut_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The exit code that fits an errno of a system call on a local file or device:
 * EACCES and EPERM -> PERMISSION, ENOENT and ENODEV -> NOT_FOUND, EBUSY ->
 * BUSY, ETIMEDOUT -> TIMEOUT, else FAILURE. Either sign.
 */
enum ut_exit ut_exit_of_errno(int error);

/* Replaces control characters and bytes that are not valid UTF-8 by '?'. */
void ut_sanitize(char *s);

/*
 * A whole number without a sign or blanks, of @most digits and not above @max. False:
 * it is none; *out is undefined then.
 */
bool ut_parse_uint(const char *text, size_t most, unsigned int max,
		   unsigned int *out);

/* @n bytes as 2 * @n lower-case hexadecimal digits, and a NUL. */
void ut_hex(char *dst, const void *src, size_t n);

/* The other way round. False: @src is not 2 * @n of these digits. */
bool ut_unhex(void *dst, size_t n, const char *src);

#endif /* UT_BASE_ERR_H */
