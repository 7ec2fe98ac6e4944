// SPDX-License-Identifier: GPL-2.0
/* What a dock needs before it can enrol others: see self.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/task.h"
#include "enroll/install.h"
#include "enroll/self.h"
#include "pki/renew.h"

static void add_address(struct ut_self_addresses *a, int family,
			const void *addr)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	if (a->n == UT_SELF_ADDRESSES)
		return;
	inet_ntop(family, addr, text, sizeof(text));
	for (i = 0; i < a->n; i++)
		if (!strcmp(a->text[i], text))
			return;
	memcpy(a->text[a->n++], text, sizeof(text));
}

static void add(struct ut_self_addresses *a, const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	uint32_t ip;

	if (sa->sa_family == AF_INET) {
		ip = ntohl(in->sin_addr.s_addr);
		if (ip >> 24 != 127 && ip >> 16 != 0xa9fe)
			add_address(a, AF_INET, &in->sin_addr);
	} else if (!IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) &&
		   !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr)) {
		add_address(a, AF_INET6, &in6->sin6_addr);
	}
}

int ut_self_addresses(struct ut_self_addresses *a)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct ifaddrs *list, *i;
	size_t f;

	memset(a, 0, sizeof(*a));
	if (getifaddrs(&list))
		return -errno;
	for (f = 0; f < 2; f++)
		for (i = list; i; i = i->ifa_next)
			if (i->ifa_addr && (i->ifa_flags & IFF_UP) &&
			    i->ifa_addr->sa_family == families[f])
				add(a, i->ifa_addr);
	freeifaddrs(list);
	return 0;
}

int ut_self_name(char name[UT_PKI_NAME_SIZE], struct ut_err *err)
{
	char host[HOST_NAME_MAX + 1] = "";

	if (gethostname(host, sizeof(host) - 1))
		return ut_err_errno(err, UT_EXIT_FAILURE, errno,
				    "cannot get the name of this machine");
	if (!ut_pki_name_ok(host))
		return ut_err_set(err, UT_EXIT_FAILURE, EINVAL,
				  "the name of this machine, \"%s\", cannot be the name of a certificate",
				  host);
	snprintf(name, UT_PKI_NAME_SIZE, "%s", host);
	return 0;
}

/* With a key that never leaves its file, as for any other machine. */
static int issue_and_install(const struct ut_pki_store *store,
			     const struct ut_config_tls *tls,
			     const struct ut_pki_issue *req, struct ut_err *err)
{
	struct ut_pki_bundle der, pem = { 0 };
	struct ut_pki_issued issued;
	struct ut_csr csr;
	int ret;

	ret = ut_pki_public(store, &der, err);
	if (ret)
		return ret;
	ret = ut_renew_stage(tls, req->role, req->name, &csr, err);
	if (!ret)
		ret = ut_pki_issue_point(store, req, &csr.point, &issued, err);
	if (!ret)
		ret = ut_buf_append(&der.cert, issued.der, issued.len, err);
	if (!ret)
		ret = ut_install_pem(&pem, &der, err);
	if (!ret)
		ret = ut_install(tls, &pem, false, err);
	ut_pki_bundle_free(&der);
	ut_pki_bundle_free(&pem);
	return ret;
}

static int issue_own(const struct ut_pki_store *store,
		     const struct ut_config_tls *tls, struct ut_err *err)
{
	struct ut_self_addresses a;
	char name[UT_PKI_NAME_SIZE];
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = name };
	size_t i;
	int ret;

	ret = ut_self_name(name, err);
	if (ret) {
		ut_err_hint(err, "issue the dock's certificate by hand (usbip-tls pki issue), then start again");
		return ret;
	}
	if (ut_self_addresses(&a))
		a.n = 0;
	for (i = 0; i < a.n; i++)
		req.address[i] = a.text[i];
	req.n_address = a.n;
	return issue_and_install(store, tls, &req, err);
}

/* The name of the dock we are, from a certificate that is there. */
static int look_at_own(const struct ut_pki_store *store,
		       const struct ut_config_tls *tls, struct ut_self *self,
		       struct ut_err *err)
{
	struct ut_pki_cert own;
	int ret;

	ret = ut_renew_own(tls, &own, err);
	if (ret)
		return ret;
	ret = ut_renew_from(tls, store, err);
	if (ret < 0)
		return ret;
	if (!ret) {
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EXDEV,
				 "the certificate of this machine, %s, is not from the CA in %s",
				 tls->cert, store->dir);
		ut_err_hint(err, "name its CA with --pki, or give --no-self if this machine only keeps the CA");
		return ret;
	}
	if (own.role == UT_PKI_DOCK && ut_pki_name_ok(own.name))
		memcpy(self->dock, own.name, sizeof(self->dock));
	return 0;
}

struct wanted {
	const struct ut_pki_store *store;
	const struct ut_config_tls *tls;
	bool own;
};

static int prepare(const void *arg, void *out, struct ut_err *err)
{
	const struct wanted *w = arg;
	struct ut_self *self = out;
	int ret = 0;

	if (!ut_pki_has(w->store, "ca.pem")) {
		ret = ut_pki_init(w->store, NULL, 0, false, err);
		self->made_ca = !ret;
	}
	if (ret || !w->own)
		return ret;
	if (access(w->tls->cert, F_OK)) {
		ret = issue_own(w->store, w->tls, err);
		self->made_cert = !ret;
	}
	return ret ? ret : look_at_own(w->store, w->tls, self, err);
}

int ut_self_prepare(const struct ut_pki_store *store,
		    const struct ut_config_tls *tls, bool own,
		    struct ut_self *self, struct ut_err *err)
{
	const struct wanted w = { store, tls, own };

	return ut_task_wait(prepare, &w, self, sizeof(*self), -1,
			    "the process that makes the keys", err);
}
