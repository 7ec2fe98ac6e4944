// SPDX-License-Identifier: GPL-2.0
/* Configuration, daemon, rules and ports of this machine: see doctor.h. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "base/file.h"
#include "usb/select.h"
#include "usb/sysfs.h"

#define CHECK_CONFIG	"configuration"
#define CHECK_DAEMON	"daemon"
#define CHECK_DNS_SD	"discovery"
#define CHECK_RULES	"rules"
#define CHECK_DEVICE	"device"
#define CHECK_PORT	"port"
#define CHECK_ATTACH	"attach"

#define TCP_LISTEN	0x0a	/* of the kernel's enum, as /proc/net/tcp has it */

/* --- configuration --- */

static void complaint(void *arg, const char *file, unsigned int line,
		      const char *text)
{
	if (line)
		ut_found(arg, UT_LEVEL_FAIL, CHECK_CONFIG, "%s:%u: %s", file,
			 line, text);
	else
		ut_found(arg, UT_LEVEL_FAIL, CHECK_CONFIG, "%s: %s", file,
			 text);
}

struct ut_config *ut_doctor_config(struct ut_findings *f, const char *path)
{
	struct ut_config *cfg = calloc(1, sizeof(*cfg));
	size_t before = json_object_array_length(f->checks);
	struct ut_err err;

	ut_err_clear(&err);
	if (cfg && !ut_config_check(cfg, path, complaint, f, &err)) {
		ut_found(f, UT_LEVEL_OK, CHECK_CONFIG, "%zu file%s, no errors",
			 cfg->files.n, cfg->files.n == 1 ? "" : "s");
		return cfg;
	}
	free(cfg);
	if (json_object_array_length(f->checks) == before)
		ut_found_err(f, err.code == UT_EXIT_PERMISSION && geteuid() ?
			     UT_LEVEL_SKIP : UT_LEVEL_FAIL, CHECK_CONFIG, &err);
	else
		ut_cure(f, "man usbip-tls.conf; usbip-tls config check");
	return NULL;
}

/* --- daemon --- */

/* "usbip-tlsd\0-d\0dock\0": the roles it has been given. */
static unsigned int roles_of_words(const struct ut_buf *words)
{
	unsigned int roles = 0;
	const char *p = words->data, *end = words->data + words->len;

	for (; p < end; p += strlen(p) + 1) {
		if (!strcmp(p, "dock") || !strcmp(p, "both"))
			roles |= UT_DOCTOR_DOCK;
		if (!strcmp(p, "tablet") || !strcmp(p, "both"))
			roles |= UT_DOCTOR_TABLET;
	}
	return roles;
}

/* Files of /proc have the size 0, so they are read without asking for it. */
static size_t read_proc(const char *pid, const char *name, char *buf,
			size_t size)
{
	char path[UT_DOCTOR_PATH_SIZE];
	ssize_t n = ut_sysfs_read_bin(ut_doctor_path(path, "/proc/%s/%s", pid,
						     name), buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static unsigned int running(void)
{
	char path[UT_DOCTOR_PATH_SIZE], buf[1024];
	DIR *d = opendir(ut_doctor_path(path, "/proc"));
	const struct dirent *e;
	unsigned int roles = 0;
	struct ut_buf words = { .data = buf };

	while (d && (e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		if (!read_proc(e->d_name, "comm", buf, sizeof(buf)) ||
		    strcmp(buf, "usbip-tlsd\n"))
			continue;
		words.len = read_proc(e->d_name, "cmdline", buf, sizeof(buf));
		roles |= roles_of_words(&words);
	}
	if (d)
		closedir(d);
	return roles;
}

/* 1, 0, or -1 if there is no such file. */
static int listens_in(const char *table, uint16_t port)
{
	char path[UT_DOCTOR_PATH_SIZE], line[256];
	unsigned int local, state;
	int ret = 0;
	FILE *f;

	f = fopen(ut_doctor_path(path, "/proc/net/%s", table), "re");
	if (!f)
		return -1;
	while (!ret && fgets(line, sizeof(line), f))
		ret = sscanf(line, " %*[0-9]: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x",
			     &local, &state) == 2 &&
		      local == port && state == TCP_LISTEN;
	fclose(f);
	return ret;
}

void ut_doctor_daemon_facts(const struct ut_config *cfg,
			    struct ut_daemon_facts *d)
{
	char path[UT_DOCTOR_PATH_SIZE];
	int v4, v6;

	memset(d, 0, sizeof(*d));
	d->running = running();
	d->port = cfg->dock.port;
	v4 = listens_in("tcp", d->port);
	v6 = listens_in("tcp6", d->port);
	d->listens = v4 > v6 ? v4 : v6;
	d->dns_sd = cfg->discovery.dns_sd;
	d->avahi = !access(ut_doctor_path(path, "/run/avahi-daemon/pid"), F_OK);
	d->avahi_installed = !access(ut_doctor_path(path,
					"/usr/sbin/avahi-daemon"), F_OK);
}

static void daemon_of(struct ut_findings *f, const struct ut_daemon_facts *d,
		      unsigned int role)
{
	const char *name = role == UT_DOCTOR_DOCK ? "dock" : "tablet";

	if (d->running & role) {
		ut_found(f, UT_LEVEL_OK, CHECK_DAEMON, "usbip-tlsd %s runs",
			 name);
		return;
	}
	/* A tablet may do without: then it attaches by hand. */
	ut_found(f, role == UT_DOCTOR_DOCK ? UT_LEVEL_FAIL : UT_LEVEL_WARN,
		 CHECK_DAEMON, "usbip-tlsd %s does not run: %s", name,
		 role == UT_DOCTOR_DOCK ? "no tablet can connect" :
		 "devices are attached by hand only");
	ut_cure(f, "systemctl enable --now usbip-tls-%s", name);
	ut_cure(f, "journalctl -u usbip-tls-%s -n 20   (if it ends again: says why)",
		name);
}

void ut_doctor_daemon(struct ut_findings *f, const struct ut_daemon_facts *d,
		      unsigned int roles)
{
	if (roles & UT_DOCTOR_DOCK)
		daemon_of(f, d, UT_DOCTOR_DOCK);
	if (roles & UT_DOCTOR_TABLET)
		daemon_of(f, d, UT_DOCTOR_TABLET);
	if (d->running & UT_DOCTOR_DOCK) {
		if (d->listens == 1) {
			ut_found(f, UT_LEVEL_OK, CHECK_DAEMON,
				 "something listens on TCP port %u; whether a firewall lets tablets in shows only on a tablet: usbip-tls doctor HOST",
				 d->port);
		} else if (!d->listens) {
			ut_found(f, UT_LEVEL_FAIL, CHECK_DAEMON,
				 "usbip-tlsd dock runs, but nothing listens on TCP port %u: it has read another configuration, or has not started yet",
				 d->port);
			ut_cure(f, "systemctl restart usbip-tls-dock");
		}
	}
	if (!d->dns_sd || d->avahi) {
		ut_found(f, UT_LEVEL_OK, CHECK_DNS_SD, d->dns_sd ?
			 "avahi-daemon runs" : "dns_sd = no");
		return;
	}
	ut_found(f, UT_LEVEL_WARN, CHECK_DNS_SD,
		 "dns_sd = yes, but avahi-daemon %s: docks are not found by themselves",
		 d->avahi_installed ? "does not run" : "is not installed");
	ut_cure(f, d->avahi_installed ?
		"systemctl enable --now avahi-daemon" :
		"apt install avahi-daemon");
	ut_cure(f, "or put \"dns_sd = no\" into [discovery], and \"dock = HOST\" into [tablet] of tablets");
}

/* --- rules --- */

static bool any_allows(const struct ut_rules *rules)
{
	size_t i;

	for (i = 0; i < rules->n; i++)
		if (rules->v[i].action == UT_ALLOW)
			return true;
	return false;
}

void ut_doctor_rules(struct ut_findings *f, const struct ut_config *cfg)
{
	const struct ut_rules *rules = &cfg->policy.rules;

	if (any_allows(rules)) {
		ut_found(f, UT_LEVEL_OK, CHECK_RULES, "%zu rule%s in [policy]",
			 rules->n, rules->n == 1 ? "" : "s");
	} else {
		ut_found(f, UT_LEVEL_FAIL, CHECK_RULES,
			 "[policy] has %s: no tablet gets any device",
			 rules->n ? "no rule that allows anything" : "no rule");
		ut_cure(f, "printf '[policy]\\nrule = allow class=storage\\n' > " UT_CONFIG_DIR "/" UT_CONFIG_DROP_INS "/60-rules.conf   (for example)");
		ut_cure(f, "systemctl reload usbip-tls-dock");
	}
	if (!cfg->dock.allow_tablets.n) {
		ut_found(f, UT_LEVEL_FAIL, CHECK_RULES,
			 "allow_tablets in [dock] is empty: no tablet may connect");
		ut_cure(f, "put \"allow_tablets = *\" into [dock], or the names of your tablets");
	}
}

/* @perm: for any tablet. */
static void judge_device(struct ut_findings *f, const struct ut_op_device *op,
			 const struct ut_permission *perm)
{
	char text[400], name[UT_OP_NAME_SIZE + 64];

	ut_permission_text(perm, text, sizeof(text));
	ut_op_text(op, name, sizeof(name));
	switch (perm->v.kind) {
	case UT_VERDICT_ALLOW:
		ut_found(f, UT_LEVEL_OK, CHECK_DEVICE,
			 "%s (%s) is for tablets: %s", op->busid, name, text);
		return;
	case UT_VERDICT_HIDE:
		ut_found(f, UT_LEVEL_OK, CHECK_DEVICE, "%s (%s) is hidden: %s",
			 op->busid, name, text);
		return;
	case UT_VERDICT_PROTECTED:
		ut_found(f, UT_LEVEL_OK, CHECK_DEVICE,
			 "%s (%s) is never shared: %s", op->busid, name, text);
		return;
	default:
		break;
	}
	ut_found(f, UT_LEVEL_WARN, CHECK_DEVICE,
		 "%s (%s) is for nobody: %s%s", op->busid, name, text,
		 perm->v.rule < 0 ? ", and no rule allows it" : "");
	ut_cure(f, "usbip-tls policy test %s TABLET   (checks one tablet)",
		op->busid);
	ut_cure(f, "if tablets are to have it: \"rule = allow id=%04x:%04x\" in [policy]%s",
		op->vid, op->pid, perm->v.rule < 0 ? "" : ", before that rule");
}

void ut_doctor_devices(struct ut_findings *f, const struct ut_config *cfg)
{
	struct ut_usb_device *devs;
	struct ut_protect *protect;
	struct ut_permission *perm = calloc(1, sizeof(*perm));
	struct ut_err err;
	size_t n, i;

	ut_err_clear(&err);
	if (!perm)
		return;
	if (ut_usb_list(UT_USB_EXPORTABLE, &devs, &n, &err)) {
		ut_found_err(f, UT_LEVEL_SKIP, CHECK_DEVICE, &err);
		free(perm);
		return;
	}
	/* Without it everything is protected, as it is for the daemon. */
	if (ut_protect_scan(&protect, &err)) {
		ut_found_err(f, UT_LEVEL_FAIL, CHECK_DEVICE, &err);
	} else {
		for (i = 0; i < n; i++) {
			ut_permission_get(cfg, protect, &devs[i], NULL, perm);
			judge_device(f, &devs[i].op, perm);
		}
		if (!n)
			ut_found(f, UT_LEVEL_OK, CHECK_DEVICE,
				 "no USB device is plugged in that could be shared");
		ut_protect_free(protect);
	}
	free(devs);
	free(perm);
}

void ut_doctor_attach(struct ut_findings *f, const struct ut_config *cfg)
{
	const struct ut_rules *rules = &cfg->tablet.attach;

	if (any_allows(rules)) {
		ut_found(f, UT_LEVEL_OK, CHECK_ATTACH,
			 "%zu rule%s \"attach\" in [tablet]", rules->n,
			 rules->n == 1 ? "" : "s");
		return;
	}
	ut_found(f, UT_LEVEL_WARN, CHECK_ATTACH,
		 "no rule \"attach\" in [tablet] allows anything: devices are attached by hand only");
	ut_cure(f, "put \"attach = allow dock=NAME\" into [tablet]; usbip-tls enroll does that");
	ut_cure(f, "usbip-tls attach -r HOST -b DEVICE   (by hand)");
}

/* --- ports --- */

void ut_doctor_ports(struct ut_findings *f, const struct ut_vhci_port *ports,
		     size_t n)
{
	size_t all[2] = { 0 }, free_ports[2] = { 0 }, i;

	for (i = 0; i < n; i++) {
		all[ports[i].super_speed]++;
		free_ports[ports[i].super_speed] +=
			ports[i].state == UT_VHCI_FREE;
	}
	for (i = 0; i < 2; i++) {
		if (free_ports[i]) {
			ut_found(f, UT_LEVEL_OK, CHECK_PORT,
				 "%zu of %zu ports for USB %s are free",
				 free_ports[i], all[i], i ? "3" : "1 and 2");
			continue;
		}
		ut_found(f, UT_LEVEL_FAIL, CHECK_PORT,
			 "no free port for USB %s: all %zu are in use",
			 i ? "3" : "1 and 2", all[i]);
		ut_cure(f, "usbip-tls port   (says what has them)");
		ut_cure(f, "usbip-tls detach -p PORT   (frees one)");
	}
}
