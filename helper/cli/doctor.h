/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of cli/: usbip-tls doctor. Facts are collected from this machine, and
 * pure functions say what they mean: each finding has its cause, and its cure as
 * commands to type. A collector never fails; what it could not look at is a fact,
 * too, and becomes a finding "skip".
 */
#ifndef UT_CLI_DOCTOR_H
#define UT_CLI_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "cli/findings.h"
#include "dock/devices.h"
#include "pki/pki.h"
#include "policy/config.h"
#include "proto/op.h"
#include "tls/reason.h"
#include "usb/vhci.h"

/* Which end this machine is, as bits. */
#define UT_DOCTOR_DOCK		1u
#define UT_DOCTOR_TABLET	2u

/*
 * Where collectors find /lib/modules, /var/lib/dkms, /proc, /run and so on; for
 * unit tests. @root must stay valid; NULL sets it back to "". /sys is where
 * ut_sysfs_root_set() says.
 */
void ut_doctor_root_set(const char *root);

/* root + a path made by @fmt; cut if it is too long. Returns buf. */
#define UT_DOCTOR_PATH_SIZE 512
const char *ut_doctor_path(char buf[UT_DOCTOR_PATH_SIZE], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* --- doctor_kernel.c, doctor_kernel_facts.c: modules and Secure Boot --- */

/**
 * struct ut_module_facts - one kernel module
 * @name: with underscores
 * @ours: from our package; else from the kernel's
 * @loaded: it is, or it is a part of the kernel
 * @version: of the loaded one; "" if it does not say
 * @here: there is a file for the running kernel
 * @is_signed: the file ends with a signature: 1, 0, -1 not known (compressed)
 * @other: a kernel that has a file, if the running one has none; else ""
 */
struct ut_module_facts {
	const char *name;
	bool ours;
	bool loaded;
	char version[32];
	bool here;
	int is_signed;
	char other[65];
};

/**
 * struct ut_kernel_facts - what modules need
 * @version: of this program
 * @release: of the running kernel
 * @source: dkms knows our modules
 * @headers: those of the running kernel are installed
 * @efi: this machine was started by EFI
 * @secure_boot: 1, 0; -1 not known: no EFI, or its variables are not mounted
 * @lockdown: "none", "integrity", "confidentiality"; "" not known
 * @sig_enforce: the kernel takes signed modules only
 * @mok: certificate that dkms signs with; "" if there is none
 * @mok_enrolled: the firmware knows it: 1, 0, -1 not known
 */
struct ut_kernel_facts {
	const char *version;
	char release[65];
	bool source;
	bool headers;
	bool efi;
	int secure_boot;
	char lockdown[32];
	bool sig_enforce;
	char mok[UT_DOCTOR_PATH_SIZE];
	int mok_enrolled;
};

void ut_doctor_kernel_facts(struct ut_kernel_facts *k);
void ut_doctor_module_facts(const char *release, struct ut_module_facts *m);

void ut_doctor_secure_boot(struct ut_findings *f,
			   const struct ut_kernel_facts *k);
void ut_doctor_module(struct ut_findings *f, const struct ut_kernel_facts *k,
		      const struct ut_module_facts *m);

/* @ret: 0 or -errno of each row of ut_ktls_ciphers; @root: may load modules. */
void ut_doctor_ktls(struct ut_findings *f, const int *ret, bool root);

/* All of the above, of this machine. */
void ut_doctor_kernel(struct ut_findings *f, unsigned int roles);

/* --- doctor_cert.c: certificates and the clock --- */

/**
 * struct ut_file_facts - a file that [tls] names
 * @path: as configured; "": none
 * @error: 0 or errno of opening it
 * @bad: it was read, but it is not what it should be; else ""
 */
struct ut_file_facts {
	const char *path;
	int error;
	char bad[UT_ERR_MSG_SIZE];
};

/**
 * struct ut_cert_facts - what [tls] names
 * @ca, @cert, @key, @crl: the files
 * @own: our certificate, if it could be read
 * @name: in it, that peers know us by; "": none
 * @reason: what is wrong with it by ca and crl, for a machine of its role
 * @when: the date at fault, of EXPIRED and NOT_YET_VALID
 * @key_fits: 1, 0, -1 not known
 * @crl_next: when the list is to be replaced; 0: it does not say
 * @renew_before: days, from the configuration
 */
struct ut_cert_facts {
	struct ut_file_facts ca;
	struct ut_file_facts cert;
	struct ut_file_facts key;
	struct ut_file_facts crl;
	struct ut_pki_cert own;
	char name[UT_TLS_NAME_SIZE];
	enum ut_tls_reason reason;
	int64_t when;
	int key_fits;
	time_t crl_next;
	unsigned int renew_before;
};

/**
 * struct ut_clock_facts - the time
 * @now: it is
 * @program: when the file of this program was made
 * @not_before: of our certificate; 0: none
 * @synced: with a time server: 1, 0, -1 not known
 */
struct ut_clock_facts {
	time_t now;
	time_t program;
	time_t not_before;
	int synced;
};

void ut_doctor_cert_facts(const struct ut_config *cfg,
			  struct ut_cert_facts *c);
void ut_doctor_cert(struct ut_findings *f, const struct ut_cert_facts *c,
		    time_t now, bool root);

void ut_doctor_clock_facts(time_t not_before, struct ut_clock_facts *c);
void ut_doctor_clock(struct ut_findings *f, const struct ut_clock_facts *c);

/* --- doctor_local.c: configuration, daemon, rules, ports --- */

/* Reads and checks the configuration; NULL if it is wrong. */
struct ut_config *ut_doctor_config(struct ut_findings *f, const char *path);

/**
 * struct ut_daemon_facts - what runs
 * @running: roles whose daemon does
 * @listens: something listens on the dock's port: 1, 0, -1 not known
 * @port: that one
 * @dns_sd: configured
 * @avahi: avahi-daemon runs
 * @avahi_installed: it could
 */
struct ut_daemon_facts {
	unsigned int running;
	int listens;
	uint16_t port;
	bool dns_sd;
	bool avahi;
	bool avahi_installed;
};

void ut_doctor_daemon_facts(const struct ut_config *cfg,
			    struct ut_daemon_facts *d);
void ut_doctor_daemon(struct ut_findings *f, const struct ut_daemon_facts *d,
		      unsigned int roles);

/* The rules of a dock, without a look at devices. */
void ut_doctor_rules(struct ut_findings *f, const struct ut_config *cfg);

/* All devices of this machine. */
void ut_doctor_devices(struct ut_findings *f, const struct ut_config *cfg);

/* The ports of vhci-hcd. */
void ut_doctor_ports(struct ut_findings *f, const struct ut_vhci_port *ports,
		     size_t n);

/* The rules of a tablet, without a look at docks. */
void ut_doctor_attach(struct ut_findings *f, const struct ut_config *cfg);

/* --- doctor_dock.c: the way to a dock --- */

/**
 * struct ut_dock_facts - a dock, as seen from this tablet
 * @host: as given
 * @port: TCP port
 * @name: that its certificate must have
 * @tablet: name in our certificate; "": none
 * @connect: 0 or -errno of the connection
 * @unknown: the name was not found; @err says how
 * @asked: it was asked for its devices
 * @ret: 0 or -errno of that
 * @err: goes with @ret, or with @unknown
 * @devs: its devices for us
 * @n: how many
 */
struct ut_dock_facts {
	const char *host;
	uint16_t port;
	const char *name;
	const char *tablet;
	int connect;
	bool unknown;
	bool asked;
	int ret;
	struct ut_err err;
	struct ut_op_device *devs;
	size_t n;
};

void ut_doctor_dock(struct ut_findings *f, const struct ut_config *cfg,
		    const struct ut_dock_facts *d);

/* @host, or if it is NULL all docks of the configuration. @port: 0: default. */
void ut_doctor_docks(struct ut_findings *f, const struct ut_config *cfg,
		     const char *host, uint16_t port, const char *tablet,
		     bool root);

#endif /* UT_CLI_DOCTOR_H */
