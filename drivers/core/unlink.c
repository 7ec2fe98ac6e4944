// SPDX-License-Identifier: GPL-2.0
/*
 * unlink.c - answers that usbip-host would leave lying, or not survive
 *
 * For an unlink whose target it does not know usbip-host queues an answer, but
 * does not wake the thread that sends it. If nothing else is under way the
 * tablet waits for ever, in the thread that serves its hub. Such unlinks are
 * common after a reconnect: vhci-hcd takes back what it had sent by the last
 * connection. So the dock answers them itself.
 *
 * An isochronous request without packets is one that usb_submit_urb() refuses;
 * at an error of that usbip-host gives up the device. The dock answers with what
 * usb_submit_urb() says.
 */
#include <linux/uio.h>

#include "core.h"

static bool unlink_answer(struct usbip_tls_session *s,
			  const struct usbip_tls_own *request)
{
	bool unlink = request->command == USBIP_CMD_UNLINK;
	struct usbip_pdu pdu = {
		.command = unlink ? USBIP_RET_UNLINK : USBIP_RET_SUBMIT,
		.seqnum = request->seqnum,
		.status = unlink ? 0 : -EINVAL,
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
	struct usbip_tls_own request;

	while (kfifo_get(&s->unlinks.queue, &request)) {
		if (!unlink_answer(s, &request))
			break;
	}
}

void usbip_tls_unlinks_init(struct usbip_tls_session *s)
{
	INIT_KFIFO(s->unlinks.queue);
	INIT_WORK(&s->unlinks.work, unlinks_work);
}

/**
 * usbip_tls_unlinks_add() - have a request answered
 * @s: session; caller holds rx.mutex
 * @request: header that the checker has let in as USBIP_CHECK_ANSWER
 */
void usbip_tls_unlinks_add(struct usbip_tls_session *s,
			   const struct usbip_pdu *request)
{
	const struct usbip_tls_own own = {
		.command = request->command,
		.seqnum = request->seqnum,
	};

	lockdep_assert_held(&s->rx.mutex);

	WARN_ON_ONCE(!kfifo_put(&s->unlinks.queue, own));
	queue_work(usbip_tls_answer_wq, &s->unlinks.work);
}

/* Ends the work of a closed session that has no reader any more. */
void usbip_tls_unlinks_stop(struct usbip_tls_session *s)
{
	cancel_work_sync(&s->unlinks.work);
}
