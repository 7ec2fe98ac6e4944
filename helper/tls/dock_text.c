// SPDX-License-Identifier: GPL-2.0
/* What a dock is about to sign in TLS 1.2: see dock_text.h. */
#include <stdlib.h>
#include <string.h>

#include "tls/dock_text.h"

#define RANDOM	32
/* Few pieces of these sizes are made between ServerHello and signature. */
#define NOTES	16

static gnutls_datum_t notes[NOTES];
static unsigned int next;
static gnutls_alloc_function plain_malloc;
static gnutls_realloc_function plain_realloc;
static gnutls_free_function plain_free;

/* Randoms, head and share: X25519, P-256, P-384. */
static bool is_size(size_t size)
{
	return size == 2 * RANDOM + 4 + 32 || size == 2 * RANDOM + 4 + 65 ||
	       size == 2 * RANDOM + 4 + 97;
}

static void forget(const void *p)
{
	unsigned int i;

	for (i = 0; p && i < NOTES; i++)
		if (notes[i].data == p)
			notes[i].data = NULL;
}

static void *note_malloc(size_t size)
{
	void *p = plain_malloc(size);

	if (p && is_size(size)) {
		notes[next].data = p;
		notes[next].size = (unsigned int)size;
		next = (next + 1) % NOTES;
	}
	return p;
}

static void *note_realloc(void *p, size_t size)
{
	forget(p);
	return plain_realloc(p, size);
}

static void note_free(void *p)
{
	forget(p);
	plain_free(p);
}

void ut_dock_text_begin(void)
{
	memset(notes, 0, sizeof(notes));
	if (gnutls_malloc == note_malloc)
		return;
	plain_malloc = gnutls_malloc;
	plain_realloc = gnutls_realloc;
	plain_free = gnutls_free;
	gnutls_malloc = note_malloc;
	gnutls_realloc = note_realloc;
	gnutls_free = note_free;
}

bool ut_dock_text_find(gnutls_session_t session, gnutls_datum_t *text)
{
	gnutls_datum_t client, server;
	unsigned int i;

	gnutls_session_get_random(session, &client, &server);
	if (client.size != RANDOM || server.size != RANDOM)
		return false;
	for (i = 0; i < NOTES; i++) {
		if (!notes[i].data ||
		    memcmp(notes[i].data, client.data, RANDOM) ||
		    memcmp(notes[i].data + RANDOM, server.data, RANDOM))
			continue;
		*text = notes[i];
		return true;
	}
	return false;
}

void ut_dock_text_end(void)
{
	if (gnutls_malloc != note_malloc)
		return;
	gnutls_malloc = plain_malloc;
	gnutls_realloc = plain_realloc;
	gnutls_free = plain_free;
	memset(notes, 0, sizeof(notes));
}
