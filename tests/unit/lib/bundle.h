/* SPDX-License-Identifier: GPL-2.0 */
/* A certificate for a key, and everything that its machine gets with it. */
#ifndef UT_TEST_BUNDLE_H
#define UT_TEST_BUNDLE_H

#include "pki/pki.h"

/* As ut_pki_issue_point() and ut_pki_reissue(); @made and @b may be NULL. */
int bundle_issue_point(const struct ut_pki_store *store,
		       const struct ut_pki_issue *req,
		       const struct ut_pki_point *point,
		       struct ut_pki_cert *made, struct ut_pki_bundle *b,
		       struct ut_err *err);
int bundle_reissue(const struct ut_pki_store *store,
		   const struct ut_pki_holder *holder,
		   const struct ut_pki_point *point, struct ut_pki_cert *made,
		   struct ut_pki_bundle *b, struct ut_err *err);

#endif /* UT_TEST_BUNDLE_H */
