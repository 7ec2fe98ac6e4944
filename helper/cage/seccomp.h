/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_CAGE_SECCOMP_H
#define UT_CAGE_SECCOMP_H

#include "cage/sandbox.h"

/*
 * From now on any call that is not on the list of @kind ends the process; with
 * UT_SANDBOX_RESOLVER it fails (EPERM).
 */
int ut_seccomp_enter(enum ut_sandbox_kind kind);

#endif /* UT_CAGE_SECCOMP_H */
