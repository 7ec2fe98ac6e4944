// SPDX-License-Identifier: GPL-2.0
/* usbip-host and usbip-vudc by sysfs: see stub.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "usb/device.h"
#include "usb/stub.h"
#include "usb/sysfs.h"

#define HOST_DRIVER	"/bus/usb/drivers/usbip-host"

static int need_host_module(struct ut_err *err)
{
	char path[PATH_MAX];
	int ret;

	ret = ut_sysfs_path(path, HOST_DRIVER);
	if (!ret && !access(path, F_OK))
		return 0;
	ret = ut_err_set(err, UT_EXIT_MODULE, ENXIO,
			 "the kernel module usbip-host is not loaded");
	ut_err_hint(err, "modprobe -a usbip_tls_host usbip-host");
	return ret;
}

static int failed(struct ut_err *err, int ret, const char *what,
		  const char *busid)
{
	ut_err_errno(err, ut_exit_of_errno(ret), ret, "cannot %s %s", what,
		     busid);
	if (ret == -EACCES || ret == -EPERM)
		ut_err_hint(err, "run it as root");
	return ret;
}

/* A word to one of the attributes of the usbip-host driver. */
static int tell_driver(const char *attr, const char *verb, const char *busid)
{
	char path[PATH_MAX], value[64];
	int ret;

	ret = ut_sysfs_path(path, HOST_DRIVER "/%s", attr);
	if (ret)
		return ret;
	snprintf(value, sizeof(value), "%s%s", verb, busid);
	return ut_sysfs_write(path, value);
}

static int bind_check(const char *busid, struct ut_usb_device *dev,
		      struct ut_err *err)
{
	int ret = ut_usb_get_settled(busid, dev, err);

	if (ret)
		return ret;
	if (dev->vudc)
		return ut_err_set(err, UT_EXIT_FAILURE, EINVAL,
				  "%s is a gadget of usbip-vudc: it is shared as it is",
				  busid);
	if (dev->hub)
		return ut_err_set(err, UT_EXIT_FAILURE, EINVAL,
				  "%s is a hub; share the devices on it, not the hub",
				  busid);
	if (dev->imported)
		return ut_err_set(err, UT_EXIT_FAILURE, EINVAL,
				  "%s comes from another machine; it cannot be shared again",
				  busid);
	if (!strcmp(dev->driver, "usbip-host"))
		return ut_err_set(err, UT_EXIT_BUSY, EALREADY,
				  "%s is bound already", busid);
	return 0;
}

int ut_stub_bind(const char *busid, struct ut_err *err)
{
	struct ut_usb_device dev;
	char path[PATH_MAX];
	int ret;

	ret = bind_check(busid, &dev, err);
	if (!ret)
		ret = need_host_module(err);
	if (ret)
		return ret;
	ret = tell_driver("match_busid", "add ", busid);
	if (ret)
		return failed(err, ret, "share", busid);
	if (dev.driver[0]) {
		ret = ut_busid_path(path, busid, "driver/unbind");
		if (!ret)
			ret = ut_sysfs_write(path, busid);
	}
	if (!ret)
		ret = tell_driver("bind", "", busid);
	if (!ret)
		return 0;
	failed(err, ret, "bind", busid);
	/* Undo: off the list, and back to the driver that it had. */
	tell_driver("match_busid", "del ", busid);
	if (dev.driver[0] &&
	    !ut_sysfs_path(path, "/bus/usb/drivers/%s/bind", dev.driver))
		ut_sysfs_write(path, busid);
	return ret;
}

/*
 * A descriptor of usbip_sockfd with a lock, LOCK_SH or LOCK_EX, or -errno. Only root
 * can open it, so nobody else can be in the way, and the lock goes with the process.
 */
static int open_sockfd(const char *busid, int lock)
{
	char path[PATH_MAX];
	int fd, ret;

	ret = ut_busid_path(path, busid, "usbip_sockfd");
	if (ret)
		return ret;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!flock(fd, lock | LOCK_NB))
		return fd;
	ret = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return ret;
}

static int need_bound(const struct ut_usb_device *dev, struct ut_err *err)
{
	int ret = need_host_module(err);

	if (ret || !strcmp(dev->driver, "usbip-host"))
		return ret;
	ret = ut_err_set(err, UT_EXIT_NOT_FOUND, EINVAL,
			 "%s is not bound to usbip-host", dev->op.busid);
	ut_err_hint(err, "usbip-tls list -l shows which devices are");
	return ret;
}

int ut_stub_hold(const char *busid, int *hold, struct ut_err *err)
{
	struct ut_usb_device dev;
	int ret = ut_usb_get(busid, &dev, err);

	if (!ret)
		ret = need_bound(&dev, err);
	if (ret)
		return ret;
	ret = open_sockfd(busid, LOCK_EX);
	if (ret == -EBUSY)
		return ut_err_set(err, UT_EXIT_BUSY, EBUSY,
				  "%s is being given to a tablet or unbound just now",
				  busid);
	if (ret < 0)
		return failed(err, ret, "reserve", busid);
	*hold = ret;
	return 0;
}

int ut_stub_unbind(const char *busid, struct ut_err *err)
{
	struct ut_usb_device dev;
	int ret = ut_usb_get_settled(busid, &dev, err);

	if (!ret)
		ret = need_bound(&dev, err);
	if (ret)
		return ret;
	ret = tell_driver("unbind", "", busid);
	if (ret)
		return failed(err, ret, "unbind", busid);
	tell_driver("match_busid", "del ", busid);
	/* rebind probes all drivers; the device may have been pulled by now. */
	ret = tell_driver("rebind", "", busid);
	if (ret && ret != -ENODEV)
		return failed(err, ret, "give its own driver back to", busid);
	return 0;
}

/* The drivers answer EINVAL to almost everything; their status says more. */
static int attach_failed(struct ut_err *err, int ret, const char *busid)
{
	switch (ut_stub_read_status(busid)) {
	case UT_STUB_USED:
		return ut_err_set(err, UT_EXIT_BUSY, EBUSY,
				  "device %s is in use", busid);
	case UT_STUB_NOT_BOUND:
		ret = ut_err_set(err, UT_EXIT_NOT_FOUND, ENODEV,
				 "device %s is not shared (any more)", busid);
		ut_err_hint(err, "usbip-tls bind -b %s", busid);
		return ret;
	case UT_STUB_ERROR:
		ret = ut_err_set(err, UT_EXIT_FAILURE, ENODEV,
				 "device %s is in an error state", busid);
		ut_err_hint(err, "usbip-tls unbind -b %s, then bind it again",
			    busid);
		return ret;
	default:
		return failed(err, ret, "start a session with", busid);
	}
}

static int tell_sockfd(int fd, int session_fd)
{
	char value[16];
	int len = snprintf(value, sizeof(value), "%d", session_fd);
	ssize_t n;

	do {
		n = write(fd, value, (size_t)len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == len ? 0 : -EIO;
}

int ut_stub_attach(const char *busid, int session_fd, struct ut_err *err)
{
	int fd, ret;

	if (!ut_busid_valid(busid))
		return ut_err_set(err, UT_EXIT_NOT_FOUND, ENODEV,
				  "\"%s\" is not a bus id", busid);
	if (session_fd < 0)
		return ut_err_set(err, UT_EXIT_FAILURE, EBADF,
				  "%d is no session", session_fd);
	fd = open_sockfd(busid, LOCK_SH);
	if (fd == -EBUSY)
		return ut_err_set(err, UT_EXIT_BUSY, EBUSY,
				  "%s is being unbound", busid);
	ret = fd;
	if (fd >= 0) {
		ret = tell_sockfd(fd, session_fd);
		close(fd);
	}
	return ret < 0 ? attach_failed(err, ret, busid) : 0;
}
