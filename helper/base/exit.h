/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exit codes of usbip-tls and usbip-tlsd. Scripts rely on them: a number is
 * never reused or renumbered, new ones are added at the end.
 */
#ifndef UT_BASE_EXIT_H
#define UT_BASE_EXIT_H

/**
 * enum ut_exit - how a command ended
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

#endif /* UT_BASE_EXIT_H */
