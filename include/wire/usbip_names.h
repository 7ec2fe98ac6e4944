/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_names.h - words for the numbers in <linux/usbip_tls.h>
 *
 * What users see, in JSON, metrics, traces and the configuration: lower case, joined
 * by '-'. X is called for each number, by the end of its name, in the order of its
 * enum. Usable in the kernel and in user space.
 */
#ifndef WIRE_USBIP_NAMES_H
#define WIRE_USBIP_NAMES_H

/* X(name, word, sentence for a person) */
#define USBIP_TLS_REASONS(X)						\
	X(NONE, "none", "not closed")					\
	X(LOCAL, "local", "ended here: detach, unplug or unbind")	\
	X(ADMIN, "admin", "ended by a command here")			\
	X(PEER_CLOSED, "peer-closed", "the peer ended the session")	\
	X(TRUNCATED, "truncated",					\
	  "the connection ended without the peer's farewell")		\
	X(RESET, "reset", "the connection was reset")			\
	X(TIMEOUT, "timeout", "the peer has vanished")			\
	X(NETWORK, "network", "network error")				\
	X(ALERT, "alert", "the peer sent a TLS alert")			\
	X(DECRYPT, "decrypt",						\
	  "a record failed authentication: data was altered on the way") \
	X(KEY_UPDATE, "key-update",					\
	  "the peer changed its keys, which is not supported")		\
	X(BAD_RECORD, "bad-record", "the peer sent an unexpected TLS record") \
	X(BAD_PDU, "bad-pdu", "the peer broke the USB/IP protocol")	\
	X(LOCAL_PDU, "local-pdu", "the local driver broke the USB/IP protocol") \
	X(RECORD_LIMIT, "record-limit",					\
	  "the key has protected as much as it may")			\
	X(NO_MEMORY, "no-memory", "out of memory")			\
	X(SILENT, "silent",						\
	  "the dock did not answer when a request was taken back")	\
	X(OTHER_DEVICE, "other-device",					\
	  "the device is not the one that the dock announced")

/* X(name, word) */
#define USBIP_TLS_VIOLATIONS(X)						\
	X(NONE, "none")							\
	X(COMMAND, "command")						\
	X(DEVID, "devid")						\
	X(DIRECTION, "direction")					\
	X(ENDPOINT, "endpoint")						\
	X(FLAGS, "flags")						\
	X(LENGTH, "length")						\
	X(PACKETS, "packets")						\
	X(ISO, "iso")							\
	X(INTERVAL, "interval")						\
	X(STATUS, "status")						\
	X(SEQNUM, "seqnum")						\
	X(OPEN, "open")							\
	X(DEVICE, "device")						\
	X(INTERFACE, "interface")					\
	X(CHANGED, "changed")

/* The same; AES_GCM_128 is number 1. */
#define USBIP_TLS_CIPHERS(X)						\
	X(AES_GCM_128, "aes-128-gcm")					\
	X(AES_GCM_256, "aes-256-gcm")					\
	X(CHACHA20_POLY1305, "chacha20-poly1305")

#endif /* WIRE_USBIP_NAMES_H */
