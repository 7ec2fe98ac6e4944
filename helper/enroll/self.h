/* SPDX-License-Identifier: GPL-2.0 */
/* What a dock needs before it can enrol others: a CA, and its own certificate. */
#ifndef UT_ENROLL_SELF_H
#define UT_ENROLL_SELF_H

#include <netinet/in.h>
#include <stdbool.h>

#include "pki/pki.h"
#include "policy/config.h"

#define UT_SELF_ADDRESSES	UT_PKI_MAX_ADDRESSES

/**
 * struct ut_self_addresses - the addresses by which others reach this machine
 * @text: numeric, IPv4 before IPv6, no loopback, no link-local ones
 * @n: how many
 */
struct ut_self_addresses {
	char text[UT_SELF_ADDRESSES][INET6_ADDRSTRLEN];
	size_t n;
};

/* Of the interfaces that are up. None is no error. 0 or -errno. */
int ut_self_addresses(struct ut_self_addresses *a);

/* The host name, if it may be the name of a certificate; -EINVAL. */
int ut_self_name(char name[UT_PKI_NAME_SIZE], struct ut_err *err);

/**
 * struct ut_self - what there is
 * @made_ca: the CA is new
 * @made_cert: our certificate is new
 * @dock: name in our certificate; "": it is not a dock's, or there is none
 */
struct ut_self {
	bool made_ca;
	bool made_cert;
	char dock[UT_PKI_NAME_SIZE];
};

/*
 * Makes the CA of @store if there is none, and a dock's certificate in the files
 * of @tls if there is none and @own is set: in a process of its own, so that the
 * caller, which is going to start workers, never has a key. -EXDEV: there is one, but
 * from another CA: who is enrolled here could not use this dock.
 */
int ut_self_prepare(const struct ut_pki_store *store,
		    const struct ut_config_tls *tls, bool own,
		    struct ut_self *self, struct ut_err *err);

#endif /* UT_ENROLL_SELF_H */
