// SPDX-License-Identifier: GPL-2.0
/* Classes: find, list, apply. The tables are in tablet_classes.c, dock_classes.c. */
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "peer.h"

const char *peer_need_name(enum peer_need need)
{
	static const char *const names[N_NEEDS] = {
		"control", "bulk-in", "bulk-out", "int-in", "iso-in",
		"iso-out",
	};

	return names[need];
}

const struct peer_class *peer_class_find(const struct peer_class *classes,
					 size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(classes[i].name, name))
			return &classes[i];
	peer_die(PEER_USAGE, "no class \"%s\"; see ut-peer list", name);
}

static void list(const char *command, const struct peer_class *c, size_t n)
{
	for (; n; n--, c++)
		printf("%s %s %s %s %s\n", command, c->name,
		       peer_need_name(c->need), c->reason, c->detail);
}

void peer_class_list(void)
{
	list("hostile-tablet", tablet_classes, n_tablet_classes);
	list("hostile-dock", dock_classes, n_dock_classes);
}

void peer_class_apply(const struct peer_class *c, struct peer_transfer *t)
{
	struct usbip_pdu *p = &t->pdu;
	uint32_t v = c->value;

	p->flags |= c->flags;
	switch (c->field) {
	case F_COMMAND:		p->command = v; break;
	case F_SEQNUM:		p->seqnum = v; break;
	case F_DEVID:		p->devid = v; break;
	case F_DIRECTION:	p->direction = v; break;
	case F_EP:		p->ep = v; break;
	case F_FLAGS:		p->flags = v; break;
	case F_LENGTH:		p->length = (int32_t)v; break;
	case F_PACKETS:		p->packets = (int32_t)v; break;
	case F_INTERVAL:	p->interval = (int32_t)v; break;
	case F_SETUP_TYPE:	p->setup[0] = (uint8_t)v; break;
	case F_SETUP_REQUEST:	p->setup[1] = (uint8_t)v; break;
	case F_SETUP_LENGTH:
		p->setup[6] = v & 0xff;
		p->setup[7] = v >> 8 & 0xff;
		break;
	case F_STATUS:		p->status = (int32_t)v; break;
	case F_ACTUAL:		p->actual_length = (int32_t)v; break;
	case F_ERRORS:		p->error_count = (int32_t)v; break;
	case F_ISO_OFFSET:	t->iso.offset = v; break;
	case F_ISO_LENGTH:	t->iso.length = v; break;
	case F_ISO_ACTUAL:	t->iso.actual_length = v; break;
	case F_ISO_STATUS:	t->iso.status = (int32_t)v; break;
	case F_CUSTOM:		break;
	}
}

/* In one record, as far as it fits. */
bool peer_send_transfer(struct peer *p, const struct peer_transfer *t)
{
	uint8_t buf[USBIP_PDU_HDR_SIZE + sizeof(t->data) + USBIP_ISO_DESC_SIZE];
	size_t len = USBIP_PDU_HDR_SIZE;

	usbip_pdu_encode(&t->pdu, buf);
	/* A command that is none has all fields of a request or an answer. */
	if (t->pdu.command < USBIP_CMD_SUBMIT ||
	    t->pdu.command > USBIP_RET_UNLINK)
		memset(buf + 20, 0, USBIP_PDU_HDR_SIZE - 20);
	memcpy(buf + len, t->data, t->data_len);
	len += t->data_len;
	if (t->n_iso) {
		usbip_iso_encode(&t->iso, buf + len);
		len += USBIP_ISO_DESC_SIZE;
	}
	return peer_send(p, buf, len);
}

/*
 * Classes that are records of TLS and not PDUs. *known: it was one of them; returns
 * whether it could be sent.
 */
bool peer_send_record(struct peer *p, const struct peer_class *c, bool *known)
{
	int ret;

	*known = true;
	if (!strcmp(c->name, "record-key-update"))
		ret = gnutls_session_key_update(p->s, 0);
	else if (!strcmp(c->name, "record-key-update-both"))
		ret = gnutls_session_key_update(p->s, GNUTLS_KU_PEER);
	else if (!strcmp(c->name, "record-ticket"))
		ret = gnutls_session_ticket_send(p->s, 1, 0);
	else if (!strcmp(c->name, "record-warning"))
		ret = gnutls_alert_send(p->s, GNUTLS_AL_WARNING,
					GNUTLS_A_USER_CANCELED);
	else if (!strcmp(c->name, "record-alert"))
		ret = gnutls_alert_send(p->s, GNUTLS_AL_FATAL,
					GNUTLS_A_INTERNAL_ERROR);
	else if (!strcmp(c->name, "record-close"))
		ret = gnutls_bye(p->s, GNUTLS_SHUT_WR);
	else if (!strcmp(c->name, "record-empty-close"))
		/* Empty but for padding: GnuTLS sends no other empty record. */
		ret = gnutls_record_send2(p->s, "", 0, 8, 0) ?:
		      gnutls_bye(p->s, GNUTLS_SHUT_WR);
	else
		*known = false;
	if (!*known)
		return true;
	if (ret < 0)
		fprintf(stderr, "ut-peer: %s: %s\n", c->name,
			gnutls_strerror(ret));
	return ret >= 0;
}
