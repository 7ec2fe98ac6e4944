// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the configuration file.
 *
 * inih tells its handler no line number, so the reader counts lines as inih
 * pulls them. inih also cuts long lines silently; the reader refuses them.
 */
#include <errno.h>
#include <fnmatch.h>
#include <ini.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/config.h"
#include "policy/keys.h"

struct parse {
	struct ut_config *cfg;
	FILE *file;
	int line;
	int bad_line;		/* of the first error; 0: none */
	char why[384];
	bool seen[UT_KEYS_MAX];
};

/* Keeps the first error only: later ones often follow from it. */
static void complain(struct parse *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(struct parse *p, const char *fmt, ...)
{
	va_list ap;

	if (p->bad_line)
		return;
	p->bad_line = p->line;
	va_start(ap, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
}

/* inih says nothing of a section without keys, so its name is checked here. */
static void check_section(struct parse *p, const char *line)
{
	const char *name = line + strspn(line, " \t");
	size_t i, len;

	if (name[0] != '[')
		return;
	name++;
	len = strcspn(name, "]\n");
	for (i = 0; i < ut_n_keys; i++)
		if (strlen(ut_keys[i].section) == len &&
		    !strncmp(ut_keys[i].section, name, len))
			return;
	complain(p, "unknown section [%.*s]; sections are [tls], [dock], [tablet]",
		 len < 50 ? (int)len : 50, name);
}

static char *read_line(char *buf, int size, void *arg)
{
	struct parse *p = arg;
	size_t len;

	if (p->bad_line || !fgets(buf, size, p->file))
		return NULL;
	p->line++;
	len = strlen(buf);
	if (len && buf[len - 1] != '\n' && !feof(p->file)) {
		complain(p, "the line is longer than %d characters", size - 2);
		return NULL;
	}
	check_section(p, buf);
	return p->bad_line ? NULL : buf;
}

static void unknown_key(struct parse *p, const char *section, const char *name)
{
	char list[256] = "";
	size_t i, len;

	for (i = 0; i < ut_n_keys; i++) {
		if (strcmp(ut_keys[i].section, section))
			continue;
		len = strlen(list);
		snprintf(list + len, sizeof(list) - len, "%s%s",
			 len ? ", " : "", ut_keys[i].name);
	}
	if (!section[0])
		complain(p, "\"%s\" stands before the first section; sections are [tls], [dock], [tablet]",
			 name);
	else
		complain(p, "unknown key \"%s\" in [%s]; keys are %s", name,
			 section, list);
}

static int on_key(void *arg, const char *section, const char *name,
		  const char *value)
{
	struct parse *p = arg;
	const struct ut_key *key;
	bool first;
	size_t i;

	for (i = 0; i < ut_n_keys; i++)
		if (!strcmp(ut_keys[i].section, section) &&
		    !strcmp(ut_keys[i].name, name))
			break;
	if (i == ut_n_keys) {
		unknown_key(p, section, name);
		return 0;
	}
	key = &ut_keys[i];
	first = !p->seen[i];
	p->seen[i] = true;
	if (!first && !key->list) {
		complain(p, "\"%s\" may be given only once", name);
		return 0;
	}
	if (key->set(key, p->cfg, value, first)) {
		complain(p, "bad value \"%s\" for \"%s\"; allowed is %s", value,
			 name, key->allowed);
		return 0;
	}
	return 1;
}

void ut_config_default(struct ut_config *cfg)
{
	memset(cfg, 0, sizeof(*cfg));
	strcpy(cfg->tls.ca, UT_CONFIG_DIR "/ca.pem");
	strcpy(cfg->tls.cert, UT_CONFIG_DIR "/cert.pem");
	strcpy(cfg->tls.key, UT_CONFIG_DIR "/key.pem");
	strcpy(cfg->tls.crl, UT_CONFIG_DIR "/crl.pem");
	cfg->tls.min_version = 0x0304;
	cfg->tls.client_certificate = UT_CLIENT_CERT_REQUIRE;
	strcpy(cfg->dock.listen[0], "::");
	strcpy(cfg->dock.listen[1], "0.0.0.0");
	cfg->dock.n_listen = 2;
	cfg->dock.port = UT_DEFAULT_PORT;
	cfg->dock.max_connections = 64;
	cfg->dock.max_per_address = 8;
	cfg->dock.handshake_timeout = 10;
	strcpy(cfg->dock.allow_tablets[0], "*");
	cfg->dock.n_allow = 1;
	cfg->tablet.connect_timeout = 10;
}

static int parse_file(struct parse *p, const char *path, struct ut_err *err)
{
	int ret = ini_parse_stream(read_line, p, on_key, p);

	if (ferror(p->file)) {
		ret = ut_err_errno(err, UT_EXIT_CONFIG, EIO, "cannot read %s",
				   path);
	} else if (p->bad_line && (ret <= 0 || ret >= p->bad_line)) {
		ret = ut_err_set(err, UT_EXIT_CONFIG, EINVAL, "%s:%d: %s", path,
				 p->bad_line, p->why);
	} else if (ret > 0) {
		ret = ut_err_set(err, UT_EXIT_CONFIG, EINVAL,
				 "%s:%d: neither [section] nor key = value",
				 path, ret);
	} else if (ret < 0) {
		ret = ut_err_errno(err, UT_EXIT_CONFIG, ENOMEM,
				   "cannot parse %s", path);
	}
	if (ret)
		ut_err_hint(err, "correct the file; the example configuration shows every key");
	return ret;
}

int ut_config_load(struct ut_config *cfg, const char *path, struct ut_err *err)
{
	const char *name = path ? path : UT_CONFIG_PATH;
	struct parse p = { .cfg = cfg };
	int ret;

	ut_config_default(cfg);
	p.file = fopen(name, "re");
	if (!p.file) {
		ret = errno;
		if (!path && ret == ENOENT)
			return 0;
		ut_err_errno(err, ret == EACCES ? UT_EXIT_PERMISSION :
			     UT_EXIT_CONFIG, ret,
			     "cannot open the configuration %s", name);
		if (ret == EACCES)
			ut_err_hint(err, "run it as root");
		else
			ut_err_hint(err, "-c names the file; without -c it is "
				    UT_CONFIG_PATH ", or the defaults");
		return -ret;
	}
	ret = parse_file(&p, name, err);
	fclose(p.file);
	return ret;
}

const char *ut_config_expected_name(const struct ut_config *cfg,
				    const char *host)
{
	unsigned int i;

	for (i = 0; i < cfg->tablet.n_expect; i++)
		if (!strcasecmp(cfg->tablet.expect[i].host, host))
			return cfg->tablet.expect[i].name;
	return host;
}

bool ut_config_tablet_allowed(const struct ut_config *cfg, const char *name)
{
	unsigned int i;

	for (i = 0; i < cfg->dock.n_allow; i++)
		if (!fnmatch(cfg->dock.allow_tablets[i], name, 0))
			return true;
	return false;
}
