/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The signer: a program of its own, usbip-tls-signer, that reads the private key,
 * then gives up all privileges, and does nothing but sign. Neither the daemon nor a
 * worker ever has the key in its memory.
 *
 * A worker asks its parent, which grants one signature to one handshake and has
 * the signer make it. What it asks for is never a hash to be signed, but the part of
 * a handshake, which the signer checks or completes (tls/sign_text.h). So a worker
 * that somebody has taken over gets the signature of one handshake of its own side;
 * it can neither take the key away nor have it sign a renewal.
 */
#ifndef UT_TLS_SIGNER_H
#define UT_TLS_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rate.h"
#include "base/err.h"
#include "cage/program.h"
#include "cage/sandbox.h"
#include "policy/config.h"

struct ut_blob;
struct ut_msg;

/**
 * struct ut_signer - seen from its parent
 * @child: the process; ut_program_end() ends it
 * @number: of the last request
 * @slow: it has been too slow: what can wait is better not begun before
 */
struct ut_signer {
	struct ut_child child;
	uint32_t number;
	struct ut_backoff slow;
};

/*
 * Starts it with the key and passphrase file of @cfg, which must belong to the first
 * certificate of @creds: packed credentials, or the error of that. It signs
 * handshakes of their side and from their min_version on. A key file that others may
 * read is refused (UT_EXIT_PERMISSION), and so is a key of a kind that no handshake
 * can use (UT_EXIT_CERTIFICATE).
 */
int ut_signer_start(struct ut_signer *s, const struct ut_config_tls *cfg,
		    int creds, const struct ut_sandbox *sandbox,
		    struct ut_err *err);

/*
 * Has it sign what a worker @asked for; *reply is the SIGNATURE for that worker, which
 * without data is a refusal. Blocks for the time of one signature. -EACCES: this is
 * nothing that the key signs; -ETIMEDOUT: it takes too long, and may come to its end
 * yet; -ENOMEM, -ENOBUFS: it could not be asked; anything else: the signer has died,
 * or answers nonsense and hears no more, so that ut_signer_died() is true.
 */
int ut_signer_sign(struct ut_signer *s, const struct ut_blob *asked,
		   struct ut_msg *reply);

/*
 * It has ended, or sent what nobody asked for. Signatures that come too late are
 * thrown away.
 */
bool ut_signer_died(const struct ut_signer *s);

/* All of the program. Returns the exit status; end by _exit(). */
int ut_signer_run(void);

#endif /* UT_TLS_SIGNER_H */
