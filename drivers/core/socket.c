// SPDX-License-Identifier: GPL-2.0
/*
 * socket.c - the session socket: what a stock USB/IP driver gets to see
 *
 * The stock drivers look a socket up by its descriptor, want SOCK_STREAM, set
 * two allocation fields of its sock, and then call recvmsg, sendmsg, shutdown
 * and release. That is all it has to be; everything else is refused.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/err.h>
#include <net/sock.h>

#include "core.h"

struct usbip_tls_sock {
	struct sock sk;		/* first, by the rules of struct proto */
	struct usbip_tls_session *session;
};

static struct usbip_tls_session *sock_session(struct socket *sock)
{
	return container_of(sock->sk, struct usbip_tls_sock, sk)->session;
}

static struct proto usbip_tls_proto = {
	.name = "USBIP_TLS",
	.owner = THIS_MODULE,
	.obj_size = sizeof(struct usbip_tls_sock),
};

static int session_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			   int flags)
{
	if (flags & ~(MSG_WAITALL | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC |
		      MSG_CMSG_COMPAT))
		return -EOPNOTSUPP;

	return usbip_tls_rx_recv(sock_session(sock), msg, flags);
}

static int session_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	if (msg->msg_controllen || (msg->msg_flags & ~MSG_NOSIGNAL))
		return -EOPNOTSUPP;

	return usbip_tls_tx_send(sock_session(sock), msg, len);
}

/*
 * All ports share the one thread that calls this, so it must not wait for the
 * network. A half-closed session makes no sense to USB/IP.
 */
static int session_shutdown(struct socket *sock, int how)
{
	usbip_tls_session_close(sock_session(sock), USBIP_TLS_REASON_LOCAL, 0);
	return 0;
}

static int session_release(struct socket *sock)
{
	struct usbip_tls_session *s;
	struct sock *sk = sock->sk;

	if (!sk)
		return 0;

	s = sock_session(sock);
	sock_orphan(sk);
	sock->sk = NULL;
	sock_put(sk);
	usbip_tls_session_destroy(s);
	return 0;
}

static const struct proto_ops usbip_tls_ops = {
	.family = PF_UNSPEC,
	.owner = THIS_MODULE,
	.release = session_release,
	.bind = sock_no_bind,
	.connect = sock_no_connect,
	.socketpair = sock_no_socketpair,
	.accept = sock_no_accept,
	.getname = sock_no_getname,
	.ioctl = sock_no_ioctl,
	.listen = sock_no_listen,
	.shutdown = session_shutdown,
	.sendmsg = session_sendmsg,
	.recvmsg = session_recvmsg,
	.mmap = sock_no_mmap,
};

/**
 * usbip_tls_socket_make() - the session socket of a session
 * @s: session; its reference passes to the socket in every case
 *
 * Return: a file to be installed or put, or an ERR_PTR; the session is
 * destroyed then
 */
struct file *usbip_tls_socket_make(struct usbip_tls_session *s)
{
	struct socket *sock;
	struct sock *sk;
	int err;

	err = sock_create_lite(PF_UNSPEC, SOCK_STREAM, 0, &sock);
	if (err)
		goto err_session;

	err = -ENOMEM;
	sk = sk_alloc(s->net, PF_UNSPEC, GFP_KERNEL, &usbip_tls_proto, 0);
	if (!sk)
		goto err_sock;

	/* The release of the socket gives this one back. */
	__module_get(THIS_MODULE);
	sock->ops = &usbip_tls_ops;
	sock_init_data(sock, sk);
	container_of(sk, struct usbip_tls_sock, sk)->session = s;
	sock->state = SS_CONNECTED;

	/* Releases the socket, and with it the session, if it fails. */
	return sock_alloc_file(sock, O_CLOEXEC, NULL);

err_sock:
	sock_release(sock);
err_session:
	usbip_tls_session_destroy(s);
	return ERR_PTR(err);
}

int usbip_tls_socket_init(void)
{
	return proto_register(&usbip_tls_proto, 1);
}

void usbip_tls_socket_exit(void)
{
	proto_unregister(&usbip_tls_proto);
}
