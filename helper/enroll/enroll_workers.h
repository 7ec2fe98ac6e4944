/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of enroll/: the workers, which read what the other side sends: two kinds
 * of the program usbip-tls-worker.
 */
#ifndef UT_ENROLL_WORKERS_H
#define UT_ENROLL_WORKERS_H

#include "worker/serve.h"

ut_serve_kind ut_enroll_server_worker;
ut_serve_kind ut_enroll_client_worker;

/*
 * For both: asks the parent for the key, for struct ut_tls_psk; @arg is the struct
 * ut_serve.
 */
int ut_enroll_key(uint8_t key[UT_TLS_PSK_SIZE], void *arg);

#endif /* UT_ENROLL_WORKERS_H */
