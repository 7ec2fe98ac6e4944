// SPDX-License-Identifier: GPL-2.0
/* Messages of the workers of an enrolment: see msg.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enroll/msg.h"

static bool request_ok(const struct ut_enroll_request *r)
{
	return (r->role == UT_PKI_DOCK || r->role == UT_PKI_TABLET) &&
	       ut_pki_name_ok(r->name);
}

size_t ut_part_max(enum ut_part_kind kind)
{
	switch (kind) {
	case UT_PART_CERT:
	case UT_PART_CA:
		return UT_PKI_CERT_MAX;
	case UT_PART_CRL:
		return UT_PKI_CRL_MAX;
	default:
		return UT_PKI_NAME_SIZE - 1;
	}
}

static bool part_ok(const struct ut_part *p)
{
	return p->kind < UT_N_PARTS &&
	       p->total <= ut_part_max((enum ut_part_kind)p->kind) &&
	       p->len <= UT_PART_DATA && p->len <= p->total;
}

static bool msg_ok(const struct ut_enroll_msg *m)
{
	switch (m->type) {
	case UT_ENROLL_REQUEST:
		return request_ok(&m->request);
	case UT_ENROLL_REFUSED:
		return m->refusal && m->refusal < UT_REFUSAL_END;
	case UT_ENROLL_PART:
		return part_ok(&m->part);
	case UT_ENROLL_CONFIRMED:
		return m->confirmed <= 1;
	case UT_ENROLL_ERROR:
		return m->err.code != UT_EXIT_OK && ut_msg_err_ok(&m->err);
	case UT_ENROLL_OUTCOME:
		return ut_msg_outcome_ok(&m->outcome);
	case UT_ENROLL_CLAIM:
	case UT_ENROLL_KEY:
	case UT_ENROLL_DENIED:
	case UT_ENROLL_BOUND:
	case UT_ENROLL_PROVEN:
	case UT_ENROLL_GRANTED:
	case UT_ENROLL_NEXT:
		return true;
	default:
		return false;
	}
}

int ut_enroll_msg_send(int fd, const struct ut_enroll_msg *msg)
{
	return ut_packet_send(fd, msg, sizeof(*msg));
}

int ut_enroll_msg_tell(int fd, enum ut_enroll_msg_type type)
{
	static struct ut_enroll_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = type;
	return ut_enroll_msg_send(fd, &msg);
}

int ut_enroll_msg_recv(int fd, struct ut_enroll_msg *msg)
{
	int ret = ut_packet_recv(fd, msg, sizeof(*msg));

	return !ret && !msg_ok(msg) ? -EBADMSG : ret;
}

int ut_enroll_msg_wait(int fd, struct ut_enroll_msg *msg, int64_t deadline)
{
	int ret;

	do {
		ret = ut_packet_wait(fd, deadline);
		if (!ret)
			ret = ut_enroll_msg_recv(fd, msg);
	} while (ret == -EAGAIN);
	return ret;
}

bool ut_parts_next(struct ut_parts *p, struct ut_part *part)
{
	const struct ut_buf *b;
	size_t left;

	if (p->kind == UT_N_PARTS)
		return false;
	b = &p->buf[p->kind];
	left = b->len - p->at;
	memset(part, 0, sizeof(*part));
	part->kind = p->kind;
	part->total = (uint32_t)b->len;
	part->len = (uint32_t)(left < UT_PART_DATA ? left : UT_PART_DATA);
	if (part->len)
		memcpy(part->data, b->data + p->at, part->len);
	p->at += part->len;
	if (p->at == b->len) {
		p->kind++;
		p->at = 0;
	}
	return true;
}

int ut_parts_add(struct ut_parts *p, const struct ut_part *part)
{
	struct ut_buf *b;

	if (p->kind == UT_N_PARTS || part->kind != p->kind)
		return -EBADMSG;
	b = &p->buf[p->kind];
	if (!b->data) {
		b->data = malloc(part->total + 1);
		if (!b->data)
			return -ENOMEM;
		b->len = part->total;
		b->data[b->len] = '\0';
	}
	/* Without progress there would be no end. */
	if (part->total != b->len || part->len > b->len - p->at ||
	    (!part->len && b->len))
		return -EBADMSG;
	memcpy(b->data + p->at, part->data, part->len);
	p->at += part->len;
	if (p->at < b->len)
		return 0;
	p->kind++;
	p->at = 0;
	return p->kind == UT_N_PARTS;
}

bool ut_parts_dock_ok(const struct ut_parts *p)
{
	const struct ut_buf *name = &p->buf[UT_PART_DOCK];

	return !name->len || (strlen(name->data) == name->len &&
			      ut_pki_name_ok(name->data));
}

void ut_parts_free(struct ut_parts *p)
{
	unsigned int i;

	for (i = 0; i < UT_N_PARTS; i++)
		ut_buf_free(&p->buf[i]);
	memset(p, 0, sizeof(*p));
}
