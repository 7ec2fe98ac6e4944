# SPDX-License-Identifier: GPL-2.0
"""A server like RemoteHub's: it is not configured, it cannot be watched, and it does
not notice when a connection is lost."""
from lib.common import wait_until
from lib.hints import BROADCAST
from lib.runner import case

BUSID = "1-1"
LOG = "/var/log/remotehub.log"
PID = "/run/remotehub.pid"
TABLET = ["attach = allow", "retry_min = 1", "retry_max = 4"]
COMMON = {"tls": ["min_version = 1.2"],
          "discovery": ["dns_sd = no", "beacon_receive = yes"]}


def start(t):
    t.dock.sh(f"setsid ut-peer remotehub {BROADCAST} 3240 -d /pki/dock >> {LOG} "
              f"2>&1 < /dev/null & echo $! > {PID}")
    wait_until(lambda: ":3240 " in t.dock.sh("netstat -ltn"), t.slow(5),
               lambda: "it listens: " + t.dock.sh(f"cat {LOG}"))


def stop(t):
    t.dock.sh(f"kill $(cat {PID})")
    wait_until(lambda: t.dock.run("pidof ut-peer").status, t.slow(5),
               "it ends, and all its processes")


def said(t, word):
    """How often it has printed this."""
    return int(t.dock.sh(f"grep -c '^{word}' {LOG}; :"))


def attached(t):
    return [session["busid"] for session in t.sessions(t.tablet)
            if session["state"] == "open"]


def wait_attached(t, want, seconds=20):
    wait_until(lambda: attached(t) == want, t.slow(seconds), lambda:
               f"{want} attached: {attached(t)}\n{t.log(t.tablet)}\n" +
               t.dock.sh(f"cat {LOG}"))


def lists(t, more):
    """Waits until its list was requested this often."""
    before = said(t, "listed")
    wait_until(lambda: said(t, "listed") >= before + more, t.slow(30),
               lambda: f"{more} lists more: {t.log(t.tablet)}")


def by_beacon(t):
    """Found, recognised at the second try, and used."""
    t.restart(t.tablet, tablet=TABLET, **COMMON)
    t.wait_log(t.tablet, 'polling dock "dock"', 30)
    wait_attached(t, [BUSID])
    lists(t, 2)
    t.equal(said(t, "unknown"), 2, "how often it was asked to be watched")
    t.equal(t.log(t.tablet).count("closed the connection"), 1,
            "how often that was worth a line")


def by_both(t):
    """Also configured: the beacon is no reason to try it again and again. The
    name has two addresses; the beacon comes from one of them."""
    t.restart(t.tablet, tablet=[*TABLET, "dock = dock legacy=yes"], **COMMON)
    t.wait_log(t.tablet, 'polling dock "dock"', 30)
    before = said(t, "unknown")
    lists(t, 3)
    t.check(said(t, "unknown") <= before + 1,
            f"asked to be watched {said(t, 'unknown') - before} times")
    daemon, = t.cli_json(t.tablet, "status")["daemons"]
    t.equal(sorted((dock["discovered"], dock["state"])
                   for dock in daemon["tablet"]["docks"]),
            [(False, "up"), (True, "twin")], "what the tablet knows of it")


def lost(t):
    """It goes on with what it does not know to be over: a restart helps."""
    session = t.sessions(t.tablet)[0]["id"]
    t.relay.cut("tablet")
    t.equal(t.wait_closed(t.tablet, session, 45), "timeout", "the end")
    t.relay.cut("tablet", False)
    imported = said(t, "imported")
    lists(t, 2)
    t.equal((attached(t), said(t, "imported"), said(t, "free")),
            ([], imported, 0), "the device is still in use there")
    stop(t)
    start(t)
    wait_attached(t, [BUSID], 30)


@case("remotehub", check="6.1", limit=400)
def remotehub(t):
    t.stop_daemon(t.dock)
    t.dock.sh(f": > {LOG}")
    start(t)
    by_beacon(t)
    by_both(t)
    lost(t)
    t.restart(t.tablet)
    t.detach_all(t.tablet)
    stop(t)
    t.start_daemon(t.dock)
