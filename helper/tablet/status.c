// SPDX-License-Identifier: GPL-2.0
/* What a tablet's user is told of a dock's answer, or of a worker's end. */
#include <errno.h>
#include <signal.h>

#include "tablet/status.h"
#include "wire/usbip_op.h"

int ut_status_err(uint32_t status, const char *host, const char *busid,
		  struct ut_err *err)
{
	int ret;

	/* Those that are about a device make no sense for other requests. */
	switch (busid ? status : UT_OP_ST_ERROR) {
	case UT_OP_ST_DEV_BUSY:
		ret = ut_err_set(err, UT_EXIT_BUSY, EBUSY,
				 "device %s on dock %s is in use", busid, host);
		ut_err_hint(err, "see who has it with \"usbip-tls status\" on the dock");
		return ret;
	case UT_OP_ST_NODEV:
		ret = ut_err_set(err, UT_EXIT_NOT_FOUND, ENODEV,
				 "dock %s does not share a device %s", host,
				 busid);
		ut_err_hint(err, "see what it shares with \"usbip-tls list -r %s\", or share it there with \"usbip-tls bind -b %s\"",
			    host, busid);
		return ret;
	case UT_OP_ST_DEV_ERR:
		ret = ut_err_set(err, UT_EXIT_REFUSED, EIO,
				 "device %s on dock %s is in an error state",
				 busid, host);
		ut_err_hint(err, "unbind and bind it again on the dock");
		return ret;
	default:
		ret = ut_err_set(err, UT_EXIT_REFUSED, EACCES,
				 "dock %s refuses %s (status %u)", host,
				 busid ? busid : "to list its devices", status);
		ut_err_hint(err, "see the dock's log for the reason");
		return ret;
	}
}

int ut_worker_err(int error, int sig, struct ut_err *err)
{
	if (sig == SIGSYS)
		return ut_err_set(err, UT_EXIT_FAILURE, EPERM,
				  "the worker made a system call that its sandbox forbids; please report this");
	if (sig)
		return ut_err_set(err, UT_EXIT_FAILURE, EFAULT,
				  "the worker crashed with signal %d", sig);
	return ut_err_errno(err, error == -ETIMEDOUT ? UT_EXIT_TIMEOUT :
			    UT_EXIT_FAILURE, error, "the worker failed");
}
