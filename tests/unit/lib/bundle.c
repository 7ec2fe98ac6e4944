// SPDX-License-Identifier: GPL-2.0
#include "lib/bundle.h"

static int fill(int ret, const struct ut_pki_store *store,
		const struct ut_pki_issued *issued, struct ut_pki_cert *made,
		struct ut_pki_bundle *b, struct ut_err *err)
{
	if (!ret && made)
		*made = issued->cert;
	if (!ret && b)
		ret = ut_pki_public(store, b, err);
	if (!ret && b)
		ret = ut_buf_append(&b->cert, issued->der, issued->len, err);
	return ret;
}

int bundle_issue_point(const struct ut_pki_store *store,
		       const struct ut_pki_issue *req,
		       const struct ut_pki_point *point,
		       struct ut_pki_cert *made, struct ut_pki_bundle *b,
		       struct ut_err *err)
{
	struct ut_pki_issued issued;
	int ret = ut_pki_issue_point(store, req, point, &issued, err);

	return fill(ret, store, &issued, made, b, err);
}

int bundle_reissue(const struct ut_pki_store *store,
		   const struct ut_pki_holder *holder,
		   const struct ut_pki_point *point, struct ut_pki_cert *made,
		   struct ut_pki_bundle *b, struct ut_err *err)
{
	struct ut_pki_issued issued;
	int ret = ut_pki_reissue(store, holder, point, &issued, err);

	return fill(ret, store, &issued, made, b, err);
}
