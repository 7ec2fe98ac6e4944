// SPDX-License-Identifier: GPL-2.0
/*
 * unlink.c - answers to unlinks that usbip-host would leave lying
 *
 * For an unlink whose target it does not know usbip-host queues an answer, but
 * does not wake the thread that sends it. If nothing else is under way the
 * tablet waits for ever, in the thread that serves its hub. Such unlinks are
 * common after a reconnect: vhci-hcd takes back what it had sent by the last
 * connection. So the dock answers them itself.
 */
#include <linux/uio.h>

#include "core.h"

static bool unlink_answer(struct usbip_tls_session *s, u32 seqnum)
{
	struct usbip_pdu pdu = {
		.command = USBIP_RET_UNLINK,
		.seqnum = seqnum,
		.status = 0,
	};
	u8 header[USBIP_PDU_HDR_SIZE];
	struct kvec vec = { .iov_base = header, .iov_len = sizeof(header) };
	struct msghdr msg = {};

	usbip_pdu_encode(&pdu, header);
	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, sizeof(header));
	return usbip_tls_tx_send(s, &msg, sizeof(header)) == sizeof(header);
}

static void unlinks_work(struct work_struct *work)
{
	struct usbip_tls_session *s =
		container_of(work, struct usbip_tls_session, unlinks.work);
	u32 seqnum;

	while (kfifo_get(&s->unlinks.queue, &seqnum)) {
		if (!unlink_answer(s, seqnum))
			break;
	}
}

void usbip_tls_unlinks_init(struct usbip_tls_session *s)
{
	INIT_KFIFO(s->unlinks.queue);
	INIT_WORK(&s->unlinks.work, unlinks_work);
}

/**
 * usbip_tls_unlinks_add() - have an unlink answered
 * @s: session; caller holds rx.mutex
 * @seqnum: of the unlink, which the checker has let in as USBIP_CHECK_ANSWER
 */
void usbip_tls_unlinks_add(struct usbip_tls_session *s, u32 seqnum)
{
	lockdep_assert_held(&s->rx.mutex);

	WARN_ON_ONCE(!kfifo_put(&s->unlinks.queue, seqnum));
	queue_work(usbip_tls_answer_wq, &s->unlinks.work);
}

/* Ends the work of a closed session that has no reader any more. */
void usbip_tls_unlinks_stop(struct usbip_tls_session *s)
{
	cancel_work_sync(&s->unlinks.work);
}
