// SPDX-License-Identifier: GPL-2.0
/* The configuration as it is in memory: see config.h. load.c reads it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/keys.h"
#include "policy/terms.h"

static void value_drop(void *item)
{
	struct ut_value *value = item;

	free(value->text);
}

void ut_config_free(struct ut_config *cfg)
{
	size_t i;

	for (i = 0; i < ut_n_keys; i++) {
		if (ut_keys[i].item)
			ut_vec_raw_clear((char *)cfg + ut_keys[i].offset,
					 ut_keys[i].item, ut_keys[i].drop);
		ut_vec_clear(&cfg->settings[i].values, value_drop);
	}
	ut_vec_clear(&cfg->files, ut_text_drop);
	memset(cfg, 0, sizeof(*cfg));
}

static void show_setting(const struct ut_key *key,
			 const struct ut_setting *setting,
			 void (*show)(void *arg,
				      const struct ut_config_entry *e),
			 void *arg)
{
	struct ut_config_entry e = {
		.section = key->section, .key = key->name,
		.where = setting->emptied,
	};
	size_t i;

	for (i = 0; i < setting->values.n; i++) {
		e.value = setting->values.v[i].text;
		e.where = setting->values.v[i].where;
		show(arg, &e);
	}
	if (!i)
		show(arg, &e);
}

void ut_config_each(const struct ut_config *cfg,
		    void (*show)(void *arg, const struct ut_config_entry *e),
		    void *arg)
{
	size_t i;

	for (i = 0; i < ut_n_keys; i++)
		show_setting(&ut_keys[i], &cfg->settings[i], show, arg);
}

const char *ut_config_expected_name(const struct ut_config *cfg,
				    const char *host)
{
	const struct ut_config_tablet *t = &cfg->tablet;
	size_t i;

	for (i = 0; i < t->expect.n; i++)
		if (!strcasecmp(t->expect.v[i].host, host))
			return t->expect.v[i].name;
	for (i = 0; i < t->docks.n; i++)
		if (t->docks.v[i].name[0] &&
		    !strcasecmp(t->docks.v[i].host, host))
			return t->docks.v[i].name;
	return host;
}

bool ut_config_tablet_allowed(const struct ut_config *cfg, const char *name)
{
	return ut_globs_fit(&cfg->dock.allow_tablets, name, false);
}
