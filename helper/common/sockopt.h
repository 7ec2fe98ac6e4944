/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_COMMON_SOCKOPT_H
#define UT_COMMON_SOCKOPT_H

/*
 * Options of a TCP socket that is to carry a session. A link that is cut for 15
 * seconds on unchanged addresses must not end it, and a peer that is gone for
 * good must not keep the device for more than 30. TCP_USER_TIMEOUT, 28 seconds,
 * bounds both data that nobody acknowledges and keepalive probes that nobody
 * answers: the first goes out after 8 idle seconds, then one every 3.
 * 0 or -errno.
 */
int ut_sockopt_session(int fd);

#endif /* UT_COMMON_SOCKOPT_H */
