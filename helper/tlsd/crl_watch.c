// SPDX-License-Identifier: GPL-2.0
/*
 * Revocation lists that change while the daemon runs. There are two files: the
 * one in use ([tls] crl), and that of the CA, if this machine has it
 * ([enroll] pki); a newer one of the latter becomes the former.
 *
 * The directories are watched and not the files, because a CRL is replaced by a
 * rename. Every event is only a reason to look: what a file is worth is decided
 * by what is in it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/file.h"
#include "tls/crl.h"
#include "tlsd/daemon.h"

/* The same for all: sd-event has one watch for two names of one directory. */
#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MOVE_SELF | \
		IN_DELETE_SELF)
/* The directory that is watched has lost its name. */
#define OVER (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED)

enum { OWN, OF_CA };

/* Of the CA here; "" if its path would be too long to exist. */
static const char *ca_crl(const struct ut_daemon *d, char path[PATH_MAX])
{
	struct ut_err err;

	if (ut_path_join(path, PATH_MAX, d->config->enroll.pki, "crl.pem",
			 &err))
		path[0] = '\0';
	return path;
}

static int on_change(sd_event_source *s, const struct inotify_event *event,
		     void *arg);

/* A directory that is not there yet may come; it is asked for at each look. */
static int watch_beside(struct ut_daemon *d, const char *path,
			sd_event_source **watch)
{
	char dir[PATH_MAX];
	char *slash;
	int ret;

	if (*watch)
		return 0;
	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash)
		return 0;
	slash[slash == dir] = '\0';
	ret = sd_event_add_inotify(d->loop, watch, dir, EVENTS | IN_ONLYDIR,
				   on_change, d);
	if (ret < 0)
		ut_log_debug("%s is not watched: %s", dir, strerror(-ret));
	return ret;
}

static int watch(struct ut_daemon *d)
{
	char path[PATH_MAX];

	watch_beside(d, d->config->enroll.pki, &d->crl_watch.watch[1]);
	watch_beside(d, ca_crl(d, path), &d->crl_watch.watch[2]);
	return watch_beside(d, d->config->tls.crl, &d->crl_watch.watch[0]);
}

static void forget(struct ut_crl_watch *w, sd_event_source *watch)
{
	size_t i;

	for (i = 0; i < 3; i++)
		if (w->watch[i] == watch)
			w->watch[i] = sd_event_source_disable_unref(watch);
}

static int on_change(sd_event_source *s, const struct inotify_event *event,
		     void *arg)
{
	struct ut_daemon *d = arg;

	if (event->mask & OVER)
		forget(&d->crl_watch, s);
	ut_crl_watch_look(d);
	return 0;
}

void ut_crl_watch_open(struct ut_daemon *d)
{
	int ret;

	memset(d->crl_watch.seen, 0, sizeof(d->crl_watch.seen));
	d->crl_watch.again = false;
	if (!d->config->tls.crl[0])
		return;
	ret = watch(d);
	/* A directory that is not there yet is no fault of inotify's. */
	if (ret < 0 && ret != -ENOENT)
		ut_log_warn("a new revocation list will be found late, as files cannot be watched: %s",
			    strerror(-ret));
	ut_crl_watch_look(d);
}

void ut_crl_watch_close(struct ut_daemon *d)
{
	size_t i;

	for (i = 0; i < 3; i++)
		d->crl_watch.watch[i] =
			sd_event_source_disable_unref(d->crl_watch.watch[i]);
}

/* Another file, or other content, than at the last look? */
static bool changed(struct stat *seen, const char *path)
{
	struct stat now;

	if (stat(path, &now))
		return false;
	if (seen->st_dev == now.st_dev && seen->st_ino == now.st_ino &&
	    seen->st_size == now.st_size &&
	    !memcmp(&seen->st_mtim, &now.st_mtim, sizeof(now.st_mtim)))
		return false;
	*seen = now;
	return true;
}

/* [tls] crl may be the file of the CA itself. */
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* 1: it is installed, and in use after ut_crl_watch_look(); 0: not newer; or -errno. */
static int offer(struct ut_daemon *d, const struct ut_buf *crl,
		 const char *from, struct ut_err *err)
{
	int ret = ut_crl_install(ut_daemon_creds(d), &d->config->tls,
				 crl->data, crl->len, err);

	if (ret > 0)
		ut_log_notice("newer revocation list from %s put into %s", from,
			      d->config->tls.crl);
	return ret;
}

/* What is wrong with the file stays so until there is another one. */
static void failed(struct ut_daemon *d, int ret, struct ut_err *err)
{
	d->crl_watch.again |= ret != -EINVAL && ret != -ESTALE;
	ut_log_error(UT_LOG_WARNING, err);
}

static void take_from_ca(struct ut_daemon *d)
{
	char path[PATH_MAX];
	struct ut_buf buf;
	struct ut_err err;
	int ret;

	if (!changed(&d->crl_watch.seen[OF_CA], ca_crl(d, path)) ||
	    same_file(path, d->config->tls.crl))
		return;
	ret = ut_file_read(path, &buf, &err);
	if (!ret) {
		ret = offer(d, &buf, path, &err);
		ut_buf_free(&buf);
	}
	if (ret < 0) {
		ut_err_prefix(&err, "the revocation list of the CA in %s is not used",
			      d->config->enroll.pki);
		failed(d, ret, &err);
	}
}

static void take_own(struct ut_daemon *d)
{
	struct ut_err err;
	int ret = 0, tablet = 0;

	if (!changed(&d->crl_watch.seen[OWN], d->config->tls.crl))
		return;
	if (d->dock)
		ret = ut_dock_crl(d->dock, &err);
	if (ret >= 0 && d->tablet)
		tablet = ut_tablet_crl(d->tablet, &err);
	if (ret < 0 || tablet < 0) {
		ut_err_prefix(&err, "the old revocation list stays in use");
		failed(d, ret < 0 ? ret : tablet, &err);
		return;
	}
	if (!ret && !tablet)
		return;
	ut_log_notice("revocation list %s loaded", d->config->tls.crl);
	ut_sessions_revoked(d);
}

void ut_crl_watch_look(struct ut_daemon *d)
{
	if (!d->config->tls.crl[0])
		return;
	watch(d);
	take_from_ca(d);
	take_own(d);
}

void ut_crl_watch_retry(struct ut_daemon *d)
{
	if (d->crl_watch.again)
		memset(d->crl_watch.seen, 0, sizeof(d->crl_watch.seen));
	d->crl_watch.again = false;
	ut_crl_watch_look(d);
}
