/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of enroll/: what is done with the CA's key, each in a process of its own
 * that starts no worker. The process that waits for newcomers never has a key.
 */
#ifndef UT_ENROLL_CA_H
#define UT_ENROLL_CA_H

#include "base/err.h"
#include "tls/pki_point.h"

/* As ut_pki_issue_point(). */
int ut_enroll_issue(const struct ut_pki_store *store,
		    const struct ut_pki_issue *req,
		    const struct ut_pki_point *point, struct ut_pki_cert *made,
		    struct ut_pki_bundle *out, struct ut_err *err);

/* As ut_pki_revoke(). */
int ut_enroll_revoke(const struct ut_pki_store *store, const char *serial,
		     struct ut_err *err);

#endif /* UT_ENROLL_CA_H */
