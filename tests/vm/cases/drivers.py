# SPDX-License-Identifier: GPL-2.0
"""usbip-host releases a device: for us, for others, and under load."""
import re

from lib.case import DOCK
from lib.common import wait_until
from lib.runner import case
from lib.sessions import closed_with

HOST = "/sys/bus/usb/drivers/usbip-host"
HAMMERS = 3
ROUNDS = 8


def driver(t, device):
    """The device's own driver, as the dock's kernel names it."""
    link = f"/sys/bus/usb/devices/{device.busid}/driver"
    return t.dock.run(f"basename $(readlink {link})").out


def unbind_by_hand(t, device):
    """As an administrator might do it, without our programs."""
    t.dock.sh(f"echo {device.busid} > {HOST}/unbind")
    t.check(driver(t, device) != "usbip-host", "usbip-host has let go")


@case("lost-driver", check="both")
def lost_driver(t):
    """A session ends when its device loses its driver, whoever unbound it."""
    disk = t.plug("disk", 4)
    attachment = t.attach(disk)
    session = t.dock_session(disk.busid)
    unbind_by_hand(t, disk)
    closed_with(t, t.dock, session, "local")
    t.wait_port_free(t.tablet, attachment.port)
    t.wait_idle()

    # A driver that keeps the session, as usbip-host does when it takes the task
    # that unbinds for its own worker.
    t.bind(disk)
    path = f"/sys/bus/usb/devices/{disk.busid}"
    devid = int(t.dock.sh(f"cat {path}/busnum")) << 16 | \
        int(t.dock.sh(f"cat {path}/devnum"))
    other = t.plug("keyboard")
    kept = t.attach(other)
    job = t.dock.start(f"ut-loop hold {disk.busid} {devid} > /tmp/held 2>&1", 60)
    held = wait_until(lambda: re.search(
        r"held (\d+)", t.dock.run("cat /tmp/held").out), t.slow(10),
        "a session that no driver will end")
    unbind_by_hand(t, disk)
    closed_with(t, t.dock, int(held.group(1)), "local")
    t.equal(job.wait().status, 0, "its reader")
    t.check("ended" in t.dock.sh("cat /tmp/held"), "its reader learns of the end")
    # No other session ends.
    t.equal([s["busid"] for s in t.sessions(t.dock) if s["state"] == "open"],
            [other.busid], "the session of another device")
    t.detach(kept)

    t.bind(disk)
    attachment = t.attach(disk)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 4), disk.sha256(),
            "the disk, bound and attached again")
    t.detach(attachment)
    other.unplug()


def mark(t, text):
    """Adds a line to those of the tracepoints."""
    t.dock.sh(f"echo usbip_tls_mark {text} > /sys/kernel/tracing/trace_marker")


def between(t, number):
    """What was traced during unbind number n."""
    text = "\n".join(t.trace(t.dock))
    return text.split(f"usbip_tls_mark begin {number}")[1].split(
        f"usbip_tls_mark end {number}")[0]


@case("hammering", check="6.1", limit=300)
def hammering(t):
    """A tablet that keeps asking does not slip in during an unbind."""
    disk = t.plug("disk", 4)
    t.tablet.sh("rm -f /tmp/enough")
    jobs = [t.tablet.start(
        "while [ ! -e /tmp/enough ]; do usbip-tls attach "
        f"-r {DOCK} -b {disk.busid} -w 0; done > /dev/null 2>&1; :", 240)
        for _ in range(HAMMERS)]
    for number in range(ROUNDS):
        session = t.dock_session(disk.busid)
        mark(t, f"begin {number}")
        result = t.cli(t.dock, "unbind", "-b", disk.busid)
        mark(t, f"end {number}")
        t.equal(result.status, 0, f"unbind: {result.out}")
        t.check(driver(t, disk) == "usb", "its own driver has it back")
        closed_with(t, t.dock, session, "admin")
        after = between(t, number).split("reason=admin", 1)[1]
        t.check("new -> open" not in after,
                f"nobody uses it on its way back: {after}")
        t.equal([s for s in t.sessions(t.dock) if s["state"] == "open"], [],
                "sessions with a device that is not shared")
        t.bind(disk)
    t.tablet.sh("touch /tmp/enough")
    for job in jobs:
        job.wait()
    t.detach_all(t.tablet)
    t.wait_status(disk, "available")
