# SPDX-License-Identifier: GPL-2.0
"""Certificates that are revoked or expire while in use."""
import re
import time

from lib.case import CONFIG
from lib.common import wait_until
from lib.home import DIR, PKI, Home
from lib.runner import case

CERTIFICATE = 9
# One second is promised; the rest is for emulated machines.
AT_ONCE = 1.0


def uptime(text):
    return [float(word) for word in re.findall(r"^\d+\.\d+$", text, re.M)]


def reading(t):
    """The tablet reads a disk endlessly; returns (session ids, job)."""
    wait_until(lambda: [p for p in t.ports(t.tablet) if p.get("nodes")],
               t.slow(20),
               lambda: f"attached: {t.log(t.tablet)}\n{t.log(t.dock)}")
    nodes = [node for port in t.ports(t.tablet)
             for node in port.get("nodes", ())]
    node = next(node for node in nodes if node.startswith("/dev/sd"))
    job = t.tablet.start(f"while dd if={node} of=/dev/null bs=1M count=4 "
                         "iflag=direct 2>/dev/null; do :; done", 120)
    dock, = [s["id"] for s in t.sessions(t.dock) if s["state"] != "closed"]
    tablet, = [s["id"] for s in t.sessions(t.tablet)
               if s["state"] != "closed"]
    return dock, tablet, job


def in_time(t, what, out):
    """The script's last two lines give the times of the command and of the end."""
    told, done = uptime(out)[-2:]
    t.note(f"{what}: {done - told:.2f} s")
    t.check(done - told <= t.slow(AT_ONCE), f"{what} within a second")


def ended(t, vm, session, reason):
    t.equal(t.wait_closed(vm, session), reason,
            f"why session {session} of {vm.name} has closed")


def tablet_revoked(t, home, disk):
    """The dock has the CA: nothing is needed but the command."""
    dock, tablet, job = reading(t)
    free = f"/sys/bus/usb/drivers/usbip-host/{disk.busid}/usbip_status"
    out = t.dock.sh("usbip-tls pki revoke tablet && cut -d' ' -f1 /proc/uptime;"
                    f" until [ \"$(cat {free})\" = 1 ]; do usleep 20000; done; "
                    "cut -d' ' -f1 /proc/uptime")
    in_time(t, "a revoked tablet has lost its device", out)
    ended(t, t.dock, dock, "admin")
    ended(t, t.tablet, tablet, "peer-closed")
    job.wait()
    t.wait_log(t.dock, rf"session {dock} ends, the certificate of its peer is "
               r"revoked: \S+ with tablet \"tablet\"")
    t.wait_log(t.dock, r'certificate of tablet "tablet" is revoked, its '
               "connection ends")
    t.wait_log(t.dock, r"refused \(revoked\)")
    result = t.cli(t.tablet, "attach", "-r", "dock", "-b", disk.busid)
    t.equal(result.status, CERTIFICATE, f"attach again: {result.out}")
    t.check("our certificate is revoked" in result.out,
            f"the message gives the reason: {result.out}")
    # With another certificate the same name is welcome.
    home.give(t.tablet, "tablet")
    t.tablet.sh("kill -HUP $(cat /run/usbip-tlsd.pid)")


def daemon_was_away(t, home):
    """Revoked while no daemon ran: the next daemon acts on it first."""
    dock, tablet, job = reading(t)
    t.stop_daemon(t.dock)
    home.pki("revoke", "tablet")
    t.equal([s["id"] for s in t.sessions(t.dock) if s["state"] == "open"],
            [dock], "nobody was there to end it")
    home.start(t.dock, keep_log=True)
    ended(t, t.dock, dock, "admin")
    ended(t, t.tablet, tablet, "peer-closed")
    job.wait()
    home.give(t.tablet, "tablet")
    t.tablet.sh("kill -HUP $(cat /run/usbip-tlsd.pid)")


def dock_revoked(t, home):
    """The tablet gets the list by hand and ends its sessions with that dock."""
    dock, tablet, job = reading(t)
    old = t.dock.get(f"{PKI}/crl.pem")
    t.stop_daemon(t.dock)
    home.pki("revoke", "dock")
    # A list signed by somebody else, or half a list, changes nothing.
    t.dock.sh("usbip-tls pki init --dir /tmp/other --name other")
    mark = len(t.log(t.tablet))
    home.bring("/tmp/other/crl.pem", t.tablet, f"{DIR}/crl.pem")
    t.wait_log(t.tablet, "is not signed by our CA", after=mark)
    t.dock.sh("rm -rf /tmp/other")
    t.tablet.put(f"{DIR}/crl.pem", old[:len(old) // 2])
    t.wait_log(t.tablet, "cannot read the revocation list", after=mark)
    t.equal([s["id"] for s in t.sessions(t.tablet) if s["state"] == "open"],
            [tablet], "sessions after lists that are none")

    t.tablet.put("/tmp/crl.pem", t.dock.get(f"{PKI}/crl.pem"))
    out = t.tablet.sh(
        "cut -d' ' -f1 /proc/uptime; "
        f"mv /tmp/crl.pem {DIR}/crl.pem; until grep -q 'session {tablet} "
        "closed' /var/log/usbip-tlsd.log; do usleep 20000; done; "
        "cut -d' ' -f1 /proc/uptime")
    in_time(t, "a device of a revoked dock is gone", out)
    ended(t, t.tablet, tablet, "admin")
    ended(t, t.dock, dock, "peer-closed")
    job.wait()
    # Yesterday's list does not let it in again: neither now, nor by SIGHUP,
    # nor after a restart, nor in a command.
    mark = len(t.log(t.tablet))
    t.tablet.put(f"{DIR}/crl.pem", old)
    t.wait_log(t.tablet, "is older than the one in use", after=mark)
    older = "is older than one that was in use here before"
    t.tablet.sh("kill -HUP $(cat /run/usbip-tlsd.pid)")
    t.wait_log(t.tablet, older, after=mark)
    t.stop_daemon(t.tablet)
    result = t.tablet.run(f"usbip-tlsd tablet -c {CONFIG} 2>&1", 20)
    t.equal(result.status, CERTIFICATE, f"a new start: {result.out}")
    t.check(older in result.out, f"why it does not start: {result.out}")
    result = t.cli(t.tablet, "list", "-r", "dock")
    t.equal(result.status, CERTIFICATE, f"list by the old one: {result.out}")
    t.check(older in result.out, f"why list fails: {result.out}")
    # The stick from the day the tablet was set up has that list, too.
    t.tablet.sh(f"mkdir /tmp/stick && cd {DIR} && "
                "cp ca.pem cert.pem key.pem crl.pem /tmp/stick")
    result = t.cli(t.tablet, "enroll", "--from", "/tmp/stick", "--force")
    t.equal(result.status, CERTIFICATE, f"enroll --from: {result.out}")
    t.check(older in result.out, f"why it is not taken: {result.out}")
    t.tablet.put(f"{DIR}/crl.pem", t.dock.get(f"{PKI}/crl.pem"))
    home.start(t.tablet, keep_log=True)
    result = t.cli(t.tablet, "enroll", "--from", "/tmp/stick", "--force")
    t.equal(result.status, 0, f"enroll --from: {result.out}")
    t.check("stays: the one that came is older" in result.out,
            f"the newer list is kept: {result.out}")
    t.equal(t.tablet.get(f"{DIR}/crl.pem"), t.dock.get(f"{PKI}/crl.pem"),
            "the list after enroll --from")
    t.tablet.sh("rm -rf /tmp/stick")
    # A CA restored from a backup does not forget whom it revoked.
    new = t.dock.get(f"{PKI}/crl.pem")
    t.dock.put(f"{PKI}/crl.pem", old)
    result = t.cli(t.dock, "pki", "revoke", "tablet")
    t.equal(result.status, CERTIFICATE, f"pki revoke: {result.out}")
    t.check("signs nothing" in result.out, f"why: {result.out}")
    t.dock.put(f"{PKI}/crl.pem", new)
    mark = len(t.log(t.tablet))
    t.tablet.put("/tmp/crl.pem", t.dock.get(f"{PKI}/crl.pem"))
    t.tablet.sh(f"mv /tmp/crl.pem {DIR}/crl.pem")
    home.start(t.dock, tls=["crl ="])
    t.wait_log(t.tablet, "has a certificate that is revoked", after=mark)
    result = t.cli(t.tablet, "list", "-r", "dock")
    t.equal(result.status, CERTIFICATE, f"list: {result.out}")
    t.check("has a certificate that is revoked" in result.out,
            f"the message gives the reason: {result.out}")


@case("revoke", check="6.1", limit=300)
def revoke(t):
    home = Home(t)
    try:
        for vm in (t.dock, t.tablet):
            home.start(vm)
        disk = t.usb.disk(4)
        tablet_revoked(t, home, disk)
        daemon_was_away(t, home)
        dock_revoked(t, home)
        t.usb.unplug_all()
        t.wait_idle()
    finally:
        home.leave()


def short(home, vm, name, *options):
    """A certificate that is past half of its lifetime."""
    began = time.strftime("%Y-%m-%dT%H:%M:%S",
                          time.gmtime(time.time() - 20 * 3600))
    return home.give(vm, name, *options, "--not-before", began, "--days",
                     "1")


@case("renew", limit=300)
def renew(t):
    """Both certificates are due; nobody types a command, and no session suffers."""
    home = Home(t)
    try:
        before = {}
        for vm, name, options in ((t.dock, "dock", ["--address", "10.77.0.1"]),
                                  (t.tablet, "tablet", [])):
            before[name] = short(home, vm, name, *options)
        keys = {vm.name: vm.sh(f"sha256sum {DIR}/key.pem")
                for vm in (t.dock, t.tablet)}
        # An earlier session: at first neither side renews.
        for vm in (t.dock, t.tablet):
            home.start(vm, enroll=["renew = no"])
        disk = t.usb.disk(4)
        dock, tablet, job = reading(t)
        for vm in (t.dock, t.tablet):
            t.stop_daemon(vm)
            home.start(vm)
        t.wait_log(t.dock, "renewed: a new certificate from the CA on this "
                   "machine is in use", 20)
        t.wait_log(t.tablet, 'renewed: a new certificate from dock "dock" is '
                   "in use", 60)
        t.wait_log(t.dock, r'tablet "tablet" has a new certificate, serial '
                   rf"number [0-9a-f]+; the one of before was "
                   f"{before['tablet']}")
        for vm in (t.dock, t.tablet):
            t.check(vm.sh(f"sha256sum {DIR}/key.pem") != keys[vm.name],
                    f"{vm.name} has a new key")
            t.equal(vm.sh(f"stat -c %a {DIR}/key.pem"), "600", "its mode")
            t.check(home.serial(vm) != before[vm.name],
                    f"{vm.name} has a new certificate")
            t.check(not vm.exists(f"{DIR}/key.pem.new"), "nothing lies about")
        for vm, session in ((t.dock, dock), (t.tablet, tablet)):
            t.equal([s["id"] for s in t.sessions(vm) if s["state"] == "open"],
                    [session], f"the session of {vm.name} goes on")
        t.check(job.running(), "the tablet still reads")
        # The new certificates are in use: a new session shows it.
        disk.unplug()
        job.wait()
        t.wait_idle()
        disk = t.usb.disk(4)
        _, _, job = reading(t)
        t.equal({s["peer_serial"] for s in t.sessions(t.dock)},
                {home.serial(t.tablet)}, "the tablet's certificate")
        t.equal({s["peer_serial"] for s in t.sessions(t.tablet)},
                {home.serial(t.dock)}, "the dock's certificate")
        # A list that the CA signs reaches the tablet, too.
        home.pki("issue", "--role", "tablet", "lost")
        home.pki("revoke", "lost")
        t.wait_log(t.tablet, 'newer revocation list from dock "dock"', 20)
        t.wait_log(t.tablet, "revocation list .* loaded")
        t.equal(t.tablet.sh(f"cat {DIR}/crl.pem"),
                t.dock.sh(f"cat {PKI}/crl.pem"), "the list")
        t.equal(t.tablet.sh(f"stat -c %a {DIR}/crl.pem"), "644", "its mode")
        t.check(job.running(), "the tablet reads on")
        disk.unplug()
        job.wait()
        t.wait_idle()
    finally:
        home.leave()
