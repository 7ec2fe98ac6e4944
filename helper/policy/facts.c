// SPDX-License-Identifier: GPL-2.0
/* What the policy must know about a device: see facts.h. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "policy/facts.h"

void ut_facts_of_op(const struct ut_op_device *op, struct ut_facts *f)
{
	unsigned int i;

	memset(f, 0, sizeof(*f));
	ut_op_copy_text(f->busid, sizeof(f->busid), op->busid,
			strnlen(op->busid, sizeof(op->busid)));
	f->busnum = op->busnum;
	f->vid = op->vid;
	f->pid = op->pid;
	ut_op_copy_text(f->serial, sizeof(f->serial), op->serial,
			strnlen(op->serial, sizeof(op->serial)));
	ut_op_name(op, f->name);
	ut_sanitize(f->busid);
	ut_sanitize(f->serial);
	ut_sanitize(f->name);
	ut_facts_add_class(f, op->dev_class);
	for (i = 0; i < op->nif && i < UT_OP_MAX_INTERFACES; i++)
		ut_facts_add_class(f, op->interfaces[i][0]);
	f->classes_known = op->nif > 0;
}

void ut_facts_protect(struct ut_facts *f, const char *why)
{
	f->protected = true;
	snprintf(f->why, sizeof(f->why), "%s", why);
}
