/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of enroll/: the key of a machine that enrols, until its certificate is
 * there. It is made and used in processes of its own that start no worker; in
 * between it lies in a memory file, which no worker gets and which is gone, as if
 * nothing had been begun, when the enrolment ends in any way.
 */
#ifndef UT_ENROLL_NEW_KEY_H
#define UT_ENROLL_NEW_KEY_H

#include "base/err.h"
#include "pki/csr.h"
#include "policy/config.h"

/*
 * Makes a key, as ut_renew_stage(), and its request. Returns the descriptor of the
 * memory file; close it in any case.
 */
int ut_new_key_make(const struct ut_config_tls *tls, enum ut_pki_role role,
		    const char *name, struct ut_csr *csr, struct ut_err *err);

/* Installs it with what has come for it, DER; as ut_install(). */
int ut_new_key_install(int fd, const struct ut_config_tls *tls,
		       const struct ut_pki_bundle *der, bool force,
		       struct ut_err *err);

#endif /* UT_ENROLL_NEW_KEY_H */
