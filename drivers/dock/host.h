/* SPDX-License-Identifier: GPL-2.0 */
/*
 * host.h - a device of the dock, and the transfers that a tablet has under way
 *
 * usbip-host only holds the device: it keeps other drivers off it, and its receiving
 * thread is our reader. The requests are carried out by URBs of our own, because
 * usbip-host cancels one through memory that it may have freed, and waits for the
 * device's lock where an unbind waits for usbip-host.
 *
 * A request is in one of three places: "incoming" while its payload arrives,
 * "active" while its URB may be with the host controller, "answers" once its
 * outcome is known. The handler of its URB moves it from "active" to "answers"; a
 * work sends and frees those. While a request goes to the device piece by piece,
 * later ones for its endpoint are "parked" among the active ones, so that their data
 * cannot get in between.
 *
 * Contexts
 *   reader     begin, submit, unlink, special requests; may sleep
 *   handler    of an URB, atomic: the outcome, or the next piece
 *   resume     a work that submits what was parked
 *   work       sends answers, frees requests
 *   watch      a work that looks for transfers that cannot be taken back
 *   anybody    host_kill()
 *   destroy    host_stop(), when there is no reader any more
 *
 * Lock order: device lock > host.submit > host.lock, which is taken with interrupts
 * off. Of the USB core only usb_get_urb() is called under host.lock.
 */
#ifndef USBIP_TLS_HOST_H
#define USBIP_TLS_HOST_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/usb.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "../core/side.h"
#include "wire/usbip_check.h"

/* How long an unlinked URB may stay away before the device counts as stuck. */
#define HOST_STUCK	(5 * HZ)

/* Entries for a header, and for a buffer or for packets and their descriptors. */
#define HOST_VECS	(1 + max_t(size_t, USBIP_PDU_MAX_TRANSFER / PAGE_SIZE, \
				   USBIP_PDU_MAX_ISO_PACKETS + 1))

/* Sets of endpoints: bit number for OUT, 16 + number for IN. */
#define HOST_EP_ALL	(~0U)
#define HOST_EP_ZERO	0x00010001U

/**
 * struct host - one session's part
 * @kref: one reference is the session's, one that of URBs that were left behind
 * @udev: the device; a reference does not delay an unplug
 * @session: valid until @stopped
 * @lock: protects the lists and what is written below
 * @submit: held to submit URBs, except for the next piece: keeps them in the order
 *	of @active
 * @active: requests whose URB may be with the host controller
 * @answers: what to send, struct host_answer, in order
 * @ordered: at least the endpoints with a request in pieces or a parked one in
 *	@active
 * @queued: bytes of the requests in @answers
 * @held: bytes of all requests
 * @killed: the session has closed, nothing is submitted any more
 * @stopped: nothing is sent any more, and @session is not touched
 * @stuck: URBs were left behind; @work frees them when they come back
 * @incoming: the request whose payload arrives; the reader's
 * @rx_vec: where that goes, HOST_VECS entries; the reader's
 * @tx_vec: the answer that is sent, HOST_VECS entries; the work's
 * @tx_iso: its packet descriptors; the work's
 * @wait: for @active or @answers to become shorter, and for @killed
 * @work: sends @answers
 * @resume: submits what is parked and has its turn
 * @watch: runs while there are unlinked requests in @active
 */
struct host {
	struct kref kref;
	struct usb_device *udev;
	struct usbip_tls_session *session;
	struct mutex submit;
	spinlock_t lock;
	struct list_head active;
	struct list_head answers;
	u32 ordered;
	size_t queued;
	atomic_long_t held;
	bool killed;
	bool stopped;
	bool stuck;
	struct host_request *incoming;
	struct kvec *rx_vec;
	struct kvec *tx_vec;
	u8 *tx_iso;
	wait_queue_head_t wait;
	struct work_struct work;
	struct work_struct resume;
	struct delayed_work watch;
};

/**
 * struct host_answer - something to send
 * @list: in host.active, host.answers or host_request.unlinks
 * @seqnum: number of the request it answers
 * @status: as on the wire
 * @unlink: it is a RET_UNLINK by itself; otherwise it is in a host_request
 */
struct host_answer {
	struct list_head list;
	u32 seqnum;
	s32 status;
	bool unlink;
};

/**
 * struct host_request - a CMD_SUBMIT
 * @answer: to it
 * @host: whose
 * @pdu: the header
 * @packets: packet descriptors that came with it, and go with its answer
 * @xfer: kind of its endpoint when it came
 * @eps: its endpoint as a set
 * @urb: carries it out
 * @setup: of a control transfer
 * @buffer: transfer buffer, or
 * @sgl: pages, @nents entries of @order
 * @pieces: the host controller takes no scatterlist: one entry after the other
 * @piece: the one that is under way
 * @held: bytes of memory it counts for
 * @actual: bytes transferred
 * @parked: not submitted yet, others come first; under host.lock
 * @cancelled: the tablet has unlinked it; under host.lock
 * @taken: somebody has unlinked its URB; under host.lock
 * @silent: it gets no RET_SUBMIT
 * @since: jiffies of the first unlink
 * @unlinks: answers that wait for it; under host.lock
 */
struct host_request {
	struct host_answer answer;
	struct host *host;
	struct usbip_pdu pdu;
	u32 packets;
	enum usbip_xfer xfer;
	u32 eps;
	struct urb *urb;
	u8 *setup;
	void *buffer;
	struct scatterlist *sgl;
	unsigned int nents;
	unsigned int order;
	bool pieces;
	unsigned int piece;
	size_t held;
	u32 actual;
	bool parked;
	bool cancelled;
	bool taken;
	bool silent;
	unsigned long since;
	struct list_head unlinks;
};

/* usbip_tls_host.c */
extern struct workqueue_struct *host_wq;
void host_put(struct host *h);

/* endpoint.c */
enum usbip_xfer host_ep_type(void *priv, u32 dir, u32 ep);
u32 host_ep_interval(void *priv, u32 dir, u32 ep);
unsigned int host_ep_maxp(const struct host *h, u32 dir, u32 ep);

/* lost.c */
int __must_check host_lost_watch(struct usb_device *udev);
void host_lost_exit(void);

/* request.c */
int host_begin(void *priv, const struct usbip_check_result *pdu,
	       struct iov_iter *payload);
size_t host_request_vec(const struct host_request *r, struct kvec *vec);
void host_request_free(struct host_request *r);

/* cancel.c */
void host_take_back(struct host *h, u32 eps);
bool __must_check host_drain(struct host *h, u32 eps);
void host_give_up(struct host *h);
int host_unlink(void *priv, u32 seqnum, u32 target, int status);
void host_kill(void *priv);
void host_watch(struct work_struct *work);

/* control.c */
bool __must_check host_special(const struct host_request *r, int *status);

/* urb.c */
void host_submit(void *priv, const u8 *iso);
void host_resume(struct work_struct *work);

/* answer.c */
void host_answers(struct work_struct *work);
void host_stop(void *priv);

#endif /* USBIP_TLS_HOST_H */
