# SPDX-License-Identifier: GPL-2.0
"""Sessions that end on purpose, and events that must not end one."""
import time

from lib.common import wait_until
from lib.runner import case

MIB = 1 << 20


def start_read(t, disk, attachment, timeout=120):
    """Reads a whole disk; returns the job once data is arriving."""
    node = attachment.node("/dev/sd")
    job = t.tablet.start(
        "echo 1 > /proc/sys/vm/drop_caches; set -o pipefail; "
        f"dd if={node} bs=256k 2>/tmp/dd.err | sha256sum", timeout)
    wait_until(lambda: received(t, attachment.session) > 2 * MIB,
               t.slow(10), "data comes over")
    t.check(job.running(), f"the read of {disk.name} is still going on")
    return job


def ends_short(t, reader, disk):
    """The kernel may also report the end of the disk where the data ended."""
    result = reader.wait()
    t.check(result.status or result.out.split()[0] != disk.sha256(),
            "the read of a disk that is gone does not succeed")


def session_of(t, vm, number):
    return next((s for s in t.sessions(vm) if s["id"] == number), None)


def received(t, number):
    session = session_of(t, t.tablet, number)
    return session["rx_bytes"] if session else 0


@case("unplug", check="both")
def unplug(t):
    disk = t.plug("disk", 24)
    attachment = t.attach(disk)
    dock_session = t.dock_session(disk.busid)
    reader = start_read(t, disk, attachment)
    disk.unplug()
    ends_short(t, reader, disk)
    t.wait_port_free(t.tablet, attachment.port)
    t.equal(t.wait_closed(t.dock, dock_session), "local",
            "reason on the dock")
    t.equal(t.wait_closed(t.tablet, attachment.session), "peer-closed",
            "reason on the tablet")
    t.wait_log(t.tablet, r"peer-closed|peer ended the session")
    t.wait_idle()
    wait_until(lambda: not t.tablet.run(
        f"test -e {attachment.node('/dev/sd')}").out and not t.tablet.exists(
            attachment.node("/dev/sd")), t.slow(10), "the node goes away")
    t.equal(t.cli_json(t.tablet, "list", "-r", "dock")["devices"], [],
            "what the dock shares")

    again = t.plug("disk", 4)
    attachment = t.attach(again)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 4),
            again.sha256(), "the next disk")


@case("detach")
def detach(t):
    disk = t.plug("disk", 24)
    result = t.cli(t.tablet, "detach", "-p", 0)
    t.equal(result.status, 5, f"detach of a free port: {result.out}")
    attachment = t.attach(disk)
    dock_session = t.dock_session(disk.busid)
    result = t.cli(t.tablet, "attach", "-r", "dock", "-b", disk.busid)
    t.equal(result.status, 10, f"attach of a used device: {result.out}")
    reader = start_read(t, disk, attachment)
    t.detach(attachment)
    ends_short(t, reader, disk)
    t.equal(t.wait_closed(t.tablet, attachment.session), "local",
            "reason on the tablet")
    t.equal(t.wait_closed(t.dock, dock_session), "peer-closed",
            "reason on the dock")
    t.wait_log(t.dock, r"peer-closed|peer ended the session")
    t.wait_status(disk, "available")

    attachment = t.attach(disk)
    t.equal(attachment.port, 0, "the port is used again")
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 24),
            disk.sha256(), "the disk after attaching it again")
    result = t.cli(t.dock, "unbind", "-b", disk.busid)
    t.equal(result.status, 0, f"unbind of a device in use: {result.out}")
    t.wait_port_free(t.tablet, attachment.port)
    t.equal(t.wait_closed(t.tablet, attachment.session), "peer-closed",
            "reason on the tablet after unbind")


def kill_helper(vm):
    """kill -9 for the daemon and everything it has started."""
    vm.sh("kill -9 $(pidof usbip-tlsd); while pidof usbip-tlsd > /dev/null; "
          "do usleep 10000; done")


@case("helper-killed", check="6.1")
def helper_killed(t):
    disk, other = t.plug("disk", 32), t.plug("disk", 2)
    attachment = t.attach(disk)
    sessions = {t.tablet: attachment.session,
                t.dock: t.dock_session(disk.busid)}
    reader = start_read(t, disk, attachment)
    for vm in (t.dock, t.tablet):
        kill_helper(vm)
        before = received(t, attachment.session)
        wait_until(lambda before=before: received(t, attachment.session) >
                   before, t.slow(10), "data goes on without a helper")
        t.check(reader.running(), "it is killed during the read")
    for vm in (t.dock, t.tablet):
        t.start_daemon(vm, keep_log=True)
    result = reader.wait()
    t.equal(result.status, 0, f"the read: {result.out}")
    t.equal(result.out.split()[0], disk.sha256(), "what was read")
    for vm, number in sessions.items():
        session = session_of(t, vm, number)
        t.check(session and session["state"] == "open",
                f"{vm.name} still shows session {number}: {session}")
    t.equal(t.sha256(t.tablet, t.attach(other).node("/dev/sd"), 2),
            other.sha256(), "another disk by the restarted helpers")
    # The restarted helpers also hear how the old session ends.
    mark = {vm: len(t.log(vm)) for vm in sessions}
    t.detach(attachment)
    t.wait_log(t.dock, r"peer-closed|peer ended the session",
               after=mark[t.dock])
    t.wait_status(disk, "available")


@case("cut", check="both")
def cut(t):
    source, target = t.plug("disk", 24), t.plug("disk", 24)
    reading, writing = t.attach(source), t.attach(target)
    sessions = {s["id"] for s in t.sessions(t.tablet)}
    reader = start_read(t, source, reading, 200)
    node = writing.node("/dev/sd")
    writer = t.tablet.start(
        "dd if=/dev/urandom of=/tmp/new bs=1M count=16 2>/dev/null; "
        f"dd if=/tmp/new of={node} bs=256k conv=fsync 2>/dev/null && "
        "sha256sum < /tmp/new", 200)
    wait_until(lambda: session_of(t, t.tablet, writing.session)["tx_bytes"] >
               MIB, t.slow(15), "the write has begun")
    t.check(reader.running() and writer.running(), "both copies are going on")

    t.tablet.qmp.command("set_link", name="net0", up=False)
    down = time.monotonic()
    amount = None
    while time.monotonic() < down + 15:
        now = {s["id"]: s["rx_bytes"] for s in t.sessions(t.tablet)
               if s["state"] == "open"}
        t.equal(set(now), sessions, "sessions while the link is down")
        time.sleep(0.5)
        amount = now
    t.equal({s["id"]: s["rx_bytes"] for s in t.sessions(t.tablet)}, amount,
            "bytes received over a link that is down")
    t.tablet.qmp.command("set_link", name="net0", up=True)
    up = time.monotonic()
    # Both directions try again every two seconds or so, see pace.c.
    wait_until(lambda: all(received(t, number) > amount[number]
                           for number in sessions), 10,
               "data moves again in both sessions")
    t.note(f"data moved again {time.monotonic() - up:.1f} s after the link")

    result = reader.wait()
    t.equal((result.status, result.out.split()[:1]), (0, [source.sha256()]),
            "the disk that was read")
    result = writer.wait()
    t.equal(result.status, 0, f"the write: {result.out}")
    t.equal(target.sha256(0, 16 * MIB), result.out.split()[0],
            "the disk that was written")
    t.equal({s["id"] for s in t.sessions(t.tablet)}, sessions,
            "sessions afterwards")
    for vm in (t.dock, t.tablet):
        t.equal(t.closed(vm), [], f"sessions {vm.name} has closed")
        t.check("USB disconnect" not in vm.sh("dmesg"),
                f"{vm.name} saw no unplug")


@case("rmmod", check="both")
def rmmod(t):
    disk = t.plug("disk", 4)
    attachment = t.attach(disk)
    ours = {t.dock: "usbip_tls_host", t.tablet: "usbip_tls_vhci"}
    for vm, side in ours.items():
        for module in ("usbip_tls_core", side):
            result = vm.run(f"rmmod {module}")
            t.check(result.status and "in use" in result.out,
                    f"rmmod {module} is refused while in use: {result.out}")
    node = attachment.node("/dev/sd")
    t.equal(t.sha256(t.tablet, node, 4), disk.sha256(), "the disk after that")
    t.detach(attachment)
    t.wait_idle()

    for vm, side in ours.items():
        # The last reference may be dropped a moment after the session.
        wait_until(lambda vm=vm, side=side:
                   vm.run(f"rmmod {side}").status == 0,
                   t.slow(10), f"rmmod {side} on {vm.name}")
        wait_until(lambda vm=vm: vm.run("rmmod usbip_tls_core").status == 0,
                   t.slow(10), f"rmmod usbip_tls_core on {vm.name}")
        t.check("usbip_tls" not in vm.sh("lsmod"), "both are gone")
        t.check("USBIP_TLS" not in vm.sh("cat /proc/net/protocols").upper(),
                "the protocol is gone")
        result = t.cli(vm, "status")
        t.equal(result.status, 3, f"status without modules: {result.out}")
    result = t.cli(t.tablet, "attach", "-r", "dock", "-b", disk.busid)
    t.equal(result.status, 3, f"attach without modules: {result.out}")

    for vm, side in ours.items():
        vm.sh(f"modprobe {side}")
        vm.sh("echo 1 > /sys/kernel/tracing/events/usbip_tls/enable")
        t.stop_daemon(vm)
        t.start_daemon(vm)
    attachment = t.attach(disk)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 4),
            disk.sha256(), "the disk with modules loaded again")
