# SPDX-License-Identifier: GPL-2.0
"""Ends that nobody asked for: an attacker on the wire, a machine that is gone."""
import time

from lib.attack import ACK, FIN, RST, BitFlip, Cutter, ResetBehindFin
from lib.case import CONFIG
from lib.common import wait_until
from lib.runner import case
from lib.sessions import closed_with

# RFC 8446: the alert that answers a record that fails authentication.
BAD_RECORD_MAC = 20


def reader(t, attachment):
    """Reads the whole disk again and again, until that fails."""
    node = attachment.node("/dev/sd")
    job = attachment.vm.start(
        "while echo 1 > /proc/sys/vm/drop_caches && "
        f"dd if={node} bs=256k of=/dev/null 2>&1; do :; done; exit 5", 180)
    wait_until(lambda: next((s["rx_bytes"] for s in t.sessions(attachment.vm)
                             if s["id"] == attachment.session), 0) > 1 << 20,
               t.slow(10), "the read is under way")
    return job


def works_again(t, disk):
    """The dock has the device back, and the next attach works."""
    t.wait_status(disk, "available")
    attachment = t.attach(disk)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 2),
            disk.sha256(0, 2 << 20), "sha256 after the next attach")
    t.detach(attachment)
    t.wait_idle()
    t.wait_status(disk, "available")


def running(t, disk):
    """(attachment, its session on the dock, a job that reads)"""
    attachment = t.attach(disk)
    return attachment, t.dock_session(disk.busid), reader(t, attachment)


def read_failed(t, attachment, job):
    """The reader got an error, as after an unplug, and does not hang."""
    t.equal(job.wait().status, 5, "the reader ends with an error of dd")
    t.wait_port_free(attachment.vm, attachment.port)


@case("tamper", check="6.1")
def tamper(t):
    """One bit of one record, in each direction."""
    disk = t.plug("disk", 4)
    for side, least in (("client", 70), ("dock", 1000)):
        attachment, session, job = running(t, disk)
        flip = BitFlip(t.relay, side, least)
        flip.wait_done(t.slow(5), f"a record of the {side} is there to alter")
        hurt, told = (t.dock, session), (t.tablet, attachment.session)
        if side == "dock":
            hurt, told = told, hurt
        closed_with(t, *hurt, "decrypt")
        closed_with(t, *told, "alert", BAD_RECORD_MAC)
        flip.leave()
        read_failed(t, attachment, job)
        works_again(t, disk)


def cut_both(t, flags, reason):
    """A forged segment ends the connection for each side."""
    disk = t.plug("disk", 4)
    attachment, session, job = running(t, disk)
    cutter = Cutter(t.relay, flags, 1000)
    cutter.wait_done(t.slow(5), "there is a segment to follow")
    closed_with(t, t.dock, session, reason)
    closed_with(t, t.tablet, attachment.session, reason)
    cutter.abort()
    cutter.leave()
    read_failed(t, attachment, job)
    works_again(t, disk)


@case("fin", check="both")
def fin(t):
    """The stream ends without close_notify: anybody can forge that."""
    cut_both(t, FIN | ACK, "truncated")


@case("rst", check="6.1")
def rst(t):
    cut_both(t, RST | ACK, "reset")


@case("reset-behind-fin", check="6.1")
def reset_behind_fin(t):
    """A detach counts as one, even if a reset follows before the dock looks."""
    disk = t.plug("disk", 4)
    for _ in range(4):
        attachment, session, job = running(t, disk)
        behind = ResetBehindFin(t.relay)
        t.detach(attachment)
        behind.wait_done(t.slow(5), "the tablet has ended the connection")
        closed_with(t, t.dock, session, "peer-closed")
        behind.leave()
        read_failed(t, attachment, job)
    works_again(t, disk)


def clock_offset(vm):
    """What to add to our clock for the uptime of a machine, from the fastest of
    several answers: on a busy host one may take a second."""
    best = None
    for _ in range(8):
        before = time.monotonic()
        uptime = float(vm.sh("cut -d' ' -f1 /proc/uptime"))
        after = time.monotonic()
        if best is None or after - before < best[0]:
            best = (after - before, uptime - (before + after) / 2)
    return best[1]


def watch_for_free(t, device):
    """A job that prints the uptime and ends when the dock has the device back."""
    status = f"/sys/bus/usb/drivers/usbip-host/{device.busid}/usbip_status"
    return t.dock.start(f"until [ \"$(cat {status})\" = 1 ]; do usleep 50000; "
                        "done; cut -d' ' -f1 /proc/uptime", 90)


def freed(t, device, session, job, stopped):
    """The device of a vanished tablet is available again in time."""
    seconds = float(job.wait().out) - stopped
    closed_with(t, t.dock, session, "timeout")
    t.note(f"{device.name} freed {seconds:.1f} s after its tablet stopped")
    t.check(15 < seconds <= 30, f"{device.name} is freed within 30 s, and not "
            f"while a link may still be cut: {seconds:.1f} s")


@case("vanished-peer", alone=True, fresh=True, limit=300)
def vanished_peer(t):
    """The tablet stops silently, with one device idle and one in use."""
    idle, used = t.plug("disk", 2), t.plug("disk", 4)
    third = t.third()
    third.put(CONFIG, t.config("tablet2"))
    quiet = t.attach(idle)
    quiet_session = t.dock_session(idle.busid)
    attachment, session, job = running(t, used)
    jobs = [watch_for_free(t, device) for device in (used, idle)]
    offset = clock_offset(t.dock)
    t.tablet.qmp.command("stop")
    stopped = time.monotonic() + offset
    freed(t, used, session, jobs[0], stopped)
    freed(t, idle, quiet_session, jobs[1], stopped)
    other = t.attach(used, vm=third)
    t.equal(t.sha256(third, other.node("/dev/sd"), 2), used.sha256(0, 2 << 20),
            "sha256 on the other tablet")
    # The tablet that was away learns that its devices are gone.
    t.tablet.qmp.command("cont")
    for one in (attachment, quiet):
        t.wait_closed(t.tablet, one.session, 20)
    read_failed(t, attachment, job)
    t.wait_port_free(t.tablet, quiet.port)
    t.detach(other)
