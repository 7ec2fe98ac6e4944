/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What processes that face the network have in their memory, by /proc/PID/mem, and
 * whether a secret is in it: as bytes in either order, because numbers lie in memory in
 * both, as base64, as text. Needs root.
 */
#ifndef UT_TEST_SECRETS_SCAN_H
#define UT_TEST_SECRETS_SCAN_H

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "base/clock.h"
#include "base/file.h"
#include "cage/program.h"
#include "cage/sandbox.h"
#include "lib/unit.h"

#define SCAN_MAX_PIDS		16
#define SCAN_SCALAR		32

/* This many bytes of a secret are no accident. */
#define SCAN_WINDOW		16

/**
 * struct scan - what was found in memory
 * @mem: all of it
 * @pid: of the processes
 * @start: where that of each begins in @mem
 */
struct scan {
	uint8_t *mem;
	size_t len;
	pid_t pid[SCAN_MAX_PIDS];
	size_t start[SCAN_MAX_PIDS];
	size_t n;
};

extern struct scan scan;

void scan_drop(void);

/* --- their memory --- */

void scan_read(pid_t pid);

/* Adds the memory of @n workers or more, as soon as there are that many. */
void scan_take(size_t n);

/* --- what must not be there --- */

bool scan_has(const void *bytes, size_t len);
void scan_none(const void *bytes, size_t len, const char *what);

/* Every window of it, in both orders. */
void scan_bytes(const uint8_t *secret, size_t len, const char *what);

/* The passphrase of all keys here. */
extern const char scan_passphrase[];

gnutls_x509_privkey_t scan_key_load(const char *path);

/* From now on a key, and the file @with for the programs, have the passphrase. */
void scan_seal(const char *path, const char *with);

void scan_key_bytes(gnutls_x509_privkey_t key, uint8_t scalar[SCAN_SCALAR]);

/* A key in a file: its number, its text, and its passphrase if it has one. */
void scan_key(const char *path);

/* Programs as they are shipped: a sanitizer keeps freed memory. */
void scan_programs(void);

#endif /* UT_TEST_SECRETS_SCAN_H */
