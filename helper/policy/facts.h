/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the policy must know about a device. Most of it comes from the device itself:
 * rules can tell devices apart by it, but a device can lie.
 */
#ifndef UT_POLICY_FACTS_H
#define UT_POLICY_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/op.h"

#define UT_FACTS_WHY_SIZE	192

/**
 * struct ut_facts - a device
 * @busid: its path of ports, "1-2.3", which is its bus id; or "usbip-vudc.0"
 * @busnum: number of its bus; 0: a gadget
 * @vid: idVendor
 * @pid: idProduct
 * @serial: "" if it has none
 * @name: "manufacturer product", or the one of them that there is
 * @classes: a bit for each class of the device or of an interface
 * @classes_known: those of all interfaces are in @classes
 * @protected: this machine needs the device itself; no rule can give it away
 * @why: for a person, why it is protected; else ""
 */
struct ut_facts {
	char busid[UT_OP_BUSID_SIZE];
	unsigned int busnum;
	uint16_t vid;
	uint16_t pid;
	char serial[UT_OP_TEXT_SIZE];
	char name[UT_OP_NAME_SIZE];
	uint8_t classes[32];
	bool classes_known;
	bool protected;
	char why[UT_FACTS_WHY_SIZE];
};

static inline void ut_facts_add_class(struct ut_facts *f, uint8_t class)
{
	f->classes[class / 8] |= (uint8_t)(1 << class % 8);
}

static inline bool ut_facts_has_class(const struct ut_facts *f, uint8_t class)
{
	return f->classes[class / 8] & 1 << class % 8;
}

/*
 * The facts of a device record. Strings are sanitized again: that record may
 * come from a peer. The classes are known if it has interfaces; nothing is
 * protected.
 */
void ut_facts_of_op(const struct ut_op_device *op, struct ut_facts *f);

/* The same of a device of this machine: marks it protected, if it is. */
void ut_facts_protect(struct ut_facts *f, const char *why);

#endif /* UT_POLICY_FACTS_H */
