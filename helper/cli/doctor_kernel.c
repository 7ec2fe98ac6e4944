// SPDX-License-Identifier: GPL-2.0
/* What the facts about kernel and modules mean: see doctor.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/doctor.h"
#include "tls/ktls.h"

#define CHECK_MODULE	"module"
#define CHECK_BOOT	"secure-boot"
#define CHECK_KTLS	"ktls"

/* Does this kernel refuse what is not signed by somebody it knows? */
static bool enforced(const struct ut_kernel_facts *k)
{
	if (k->sig_enforce)
		return true;
	if (k->lockdown[0])
		return strcmp(k->lockdown, "none");
	return k->secure_boot == 1;
}

static void enrol_mok(struct ut_findings *f, const char *mok)
{
	ut_cure(f, "mokutil --import %s   (it asks for a password, which you need once)",
		mok);
	ut_cure(f, "reboot   (in the blue screen: Enroll MOK, Continue, Yes, the password, Reboot)");
	ut_cure(f, "mokutil --test-key %s   (should now say: is already enrolled)",
		mok);
}

void ut_doctor_secure_boot(struct ut_findings *f,
			   const struct ut_kernel_facts *k)
{
	if (!enforced(k) && k->efi && k->secure_boot < 0) {
		ut_found(f, UT_LEVEL_SKIP, CHECK_BOOT,
			 "whether Secure Boot is on cannot be read: the variables of EFI are not mounted");
		ut_cure(f, "mount -t efivarfs efivarfs /sys/firmware/efi/efivars");
		return;
	}
	if (!enforced(k)) {
		ut_found(f, UT_LEVEL_OK, CHECK_BOOT, "%s; modules need no signature",
			 k->secure_boot == 1 ?
			 "Secure Boot is on, but this kernel does not enforce it" :
			 k->secure_boot ? "no Secure Boot" :
			 "Secure Boot is off");
		return;
	}
	if (k->mok_enrolled == 1) {
		ut_found(f, UT_LEVEL_OK, CHECK_BOOT,
			 "Secure Boot is enforced; the firmware knows the key of dkms, %s",
			 k->mok);
		return;
	}
	if (!k->mok[0]) {
		ut_found(f, UT_LEVEL_WARN, CHECK_BOOT,
			 "Secure Boot is enforced, and dkms has no key yet to sign modules with");
		ut_cure(f, "dkms autoinstall   (makes /var/lib/dkms/mok.pub, and signs)");
		enrol_mok(f, "/var/lib/dkms/mok.pub");
		return;
	}
	ut_found(f, k->mok_enrolled ? UT_LEVEL_SKIP : UT_LEVEL_WARN, CHECK_BOOT,
		 k->mok_enrolled ?
		 "Secure Boot is enforced; whether the firmware knows the key of dkms, %s, could not be read" :
		 "Secure Boot is enforced, and the firmware does not know the key of dkms, %s",
		 k->mok);
	enrol_mok(f, k->mok);
}

/* The file is there for this kernel, and it is not loaded. */
static void not_loaded(struct ut_findings *f, const struct ut_kernel_facts *k,
		       const struct ut_module_facts *m)
{
	if (m->ours && enforced(k) && !m->is_signed) {
		ut_found(f, UT_LEVEL_FAIL, CHECK_MODULE,
			 "%s is not signed, and with Secure Boot this kernel loads only signed modules",
			 m->name);
		ut_cure(f, "dkms remove usbip-tls/%s --all; dkms add usbip-tls/%s",
			k->version, k->version);
		ut_cure(f, "dkms autoinstall   (signs, with a key that it makes if there is none)");
		enrol_mok(f, k->mok[0] ? k->mok : "/var/lib/dkms/mok.pub");
		return;
	}
	if (m->ours && enforced(k) && k->mok_enrolled != 1) {
		ut_found(f, UT_LEVEL_FAIL, CHECK_MODULE,
			 "%s is signed by a key that the firmware does not know, so with Secure Boot it is not loaded",
			 m->name);
		enrol_mok(f, k->mok[0] ? k->mok : "/var/lib/dkms/mok.pub");
		return;
	}
	ut_found(f, UT_LEVEL_FAIL, CHECK_MODULE,
		 "%s is installed for this kernel but not loaded", m->name);
	ut_cure(f, "modprobe %s", m->name);
	if (m->ours)
		ut_cure(f, "dmesg | tail   (if that fails: says why)");
}

/* There is no file for this kernel, and it is one of ours. */
static void not_built(struct ut_findings *f, const struct ut_kernel_facts *k,
		      const struct ut_module_facts *m)
{
	if (!m->other[0] && !k->source) {
		ut_found(f, UT_LEVEL_FAIL, CHECK_MODULE,
			 "%s is not installed", m->name);
		ut_cure(f, "apt install usbip-tls-dkms linux-headers-%s",
			k->release);
		return;
	}
	if (m->other[0])
		ut_found(f, UT_LEVEL_FAIL, CHECK_MODULE,
			 "%s is built for kernel %s, not for the running one, %s%s",
			 m->name, m->other, k->release,
			 k->headers ? "" : ", whose headers are not installed");
	else
		ut_found(f, UT_LEVEL_FAIL, CHECK_MODULE,
			 "dkms has the source of %s, but has not built it for the running kernel, %s%s",
			 m->name, k->release,
			 k->headers ? "" : ", whose headers are not installed");
	if (!k->headers)
		ut_cure(f, "apt install linux-headers-%s", k->release);
	ut_cure(f, "dkms autoinstall -k %s", k->release);
	ut_cure(f, "dkms status usbip-tls   (says for which kernels it is built)");
}

static void not_in_kernel(struct ut_findings *f,
			  const struct ut_kernel_facts *k,
			  const struct ut_module_facts *m)
{
	if (m->other[0]) {
		ut_found(f, UT_LEVEL_FAIL, CHECK_MODULE,
			 "the running kernel, %s, has no module %s, but kernel %s has it",
			 k->release, m->name, m->other);
		ut_cure(f, "reboot   (choose kernel %s)", m->other);
		return;
	}
	ut_found(f, UT_LEVEL_FAIL, CHECK_MODULE,
		 "the running kernel, %s, lacks the module %s, as cloud kernels do",
		 k->release, m->name);
	ut_cure(f, "apt install linux-image-amd64 linux-headers-amd64");
	ut_cure(f, "reboot");
}

void ut_doctor_module(struct ut_findings *f, const struct ut_kernel_facts *k,
		      const struct ut_module_facts *m)
{
	if (m->loaded && m->ours && m->version[0] &&
	    strcmp(m->version, k->version)) {
		ut_found(f, UT_LEVEL_WARN, CHECK_MODULE,
			 "%s is loaded in version %s, but this command is of version %s",
			 m->name, m->version, k->version);
		ut_cure(f, "dkms autoinstall; reboot");
	} else if (m->loaded) {
		ut_found(f, UT_LEVEL_OK, CHECK_MODULE, "%s is loaded", m->name);
	} else if (m->here) {
		not_loaded(f, k, m);
	} else if (m->ours) {
		not_built(f, k, m);
	} else {
		not_in_kernel(f, k, m);
	}
}

/* A kernel that has none of the ciphers: why? */
static void no_ktls(struct ut_findings *f, int error, bool root)
{
	if (error == -ENOENT && !root) {
		ut_found(f, UT_LEVEL_SKIP, CHECK_KTLS,
			 "kernel TLS is not loaded, and an ordinary user cannot load it");
		ut_cure(f, "sudo modprobe tls");
		return;
	}
	ut_found(f, UT_LEVEL_FAIL, CHECK_KTLS,
		 error == -ENOENT ?
		 "this kernel has no kernel TLS (CONFIG_TLS), or its module tls cannot be loaded" :
		 "kernel TLS supports none of our ciphers: %s", strerror(-error));
	ut_cure(f, "modprobe tls");
	ut_cure(f, "apt install linux-image-amd64; reboot   (if there is no such module)");
}

void ut_doctor_ktls(struct ut_findings *f, const int *ret, bool root)
{
	char works[128] = "", not[128] = "", *list;
	int first = 0;
	size_t i, len;

	for (i = 0; i < ut_ktls_n_ciphers; i++) {
		if (ret[i] && !first)
			first = ret[i];
		list = ret[i] ? not : works;
		len = strlen(list);
		snprintf(list + len, sizeof(works) - len, "%s%s",
			 len ? ", " : "", ut_ktls_ciphers[i].name);
	}
	if (!works[0]) {
		no_ktls(f, first, root);
	} else if (not[0]) {
		ut_found(f, UT_LEVEL_WARN, CHECK_KTLS,
			 "kernel TLS works with %s, but not with %s: %s; peers that support nothing else are refused",
			 works, not, strerror(-first));
		ut_cure(f, "apt install linux-image-amd64; reboot   (a kernel of Debian has all of them)");
	} else {
		ut_found(f, UT_LEVEL_OK, CHECK_KTLS,
			 "kernel TLS works with %s", works);
	}
}
