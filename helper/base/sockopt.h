/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_BASE_SOCKOPT_H
#define UT_BASE_SOCKOPT_H

/*
 * Options of a TCP socket that is to carry a session. A link that is cut for 15
 * seconds on unchanged addresses must not end it, and a peer that is gone for
 * good must not keep the device for more than 30. TCP_USER_TIMEOUT, just under
 * 28 seconds, bounds both data that nobody acknowledges and keepalive probes
 * that nobody answers. It is looked at when a probe is due: those go out after 8
 * idle seconds, then every 2, so one falls on second 28. 0 or -errno.
 */
int ut_sockopt_session(int fd);

#endif /* UT_BASE_SOCKOPT_H */
