// SPDX-License-Identifier: GPL-2.0
/* The list that came with a new certificate: ut_crl_place() in crl.h. */
#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "tls/crl.h"

/* Is what lies in its place already fit for use? */
static bool here_is_good(const struct ut_trust *trust,
			 const struct ut_config_tls *tls)
{
	struct ut_crls here;
	struct ut_err err;
	bool good;

	if (ut_crls_read(&here, trust, tls->crl, &err))
		return false;
	good = !ut_crl_floor_look_all(tls->crl_state, trust->cas, here.v,
				      here.n, &err);
	ut_crls_free(&here);
	return good;
}

/*
 * A list of the CA that was here before would be taken for one of this CA, so
 * without a new one it goes.
 */
static int put(const struct ut_config_tls *tls, const struct ut_buf *pem,
	       struct ut_err *err)
{
	if (pem->len)
		return ut_file_write(tls->crl, pem->data, pem->len, 0644, true,
				     err);
	if (!unlink(tls->crl) || errno == ENOENT)
		return 0;
	return ut_err_errno(err, ut_exit_of_errno(errno), errno,
			    "cannot remove the old revocation list %s",
			    tls->crl);
}

static int place(const struct ut_trust *trust, const struct ut_config_tls *tls,
		 const struct ut_buf *pem, const struct ut_crls *next,
		 struct ut_err *err)
{
	int ret = ut_crl_floor_look_all(tls->crl_state, trust->cas, next->v,
					next->n, err);

	if (ret == -ESTALE && here_is_good(trust, tls)) {
		ut_log_notice("the revocation list in %s stays: %s", tls->crl,
			      next->n ? "the one that came is older" :
			      "none came");
		return 0;
	}
	if (ret == -ESTALE)
		ut_err_hint(err, "get the newest list of the CA");
	if (!ret)
		ret = put(tls, pem, err);
	return ret ? ret : ut_crls_raise(trust, tls, next, err);
}

int ut_crl_place(const struct ut_config_tls *tls, const struct ut_buf *pem,
		 struct ut_err *err)
{
	const gnutls_datum_t d = ut_datum(pem);
	struct ut_trust trust;
	struct ut_crls next = { 0 };
	int ret;

	ret = ut_trust_load(&trust, tls->ca, err);
	if (ret)
		return ret;
	if (pem->len)
		ret = ut_crls_import(&next, &trust, &d, GNUTLS_X509_FMT_PEM,
				     "that came", err);
	if (!ret)
		ret = place(&trust, tls, pem, &next, err);
	ut_crls_free(&next);
	ut_trust_close(&trust);
	return ret;
}
