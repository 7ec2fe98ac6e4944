# SPDX-License-Identifier: GPL-2.0
"""Without a command: plugged in at the dock, usable on the tablet."""
import statistics
import time

from lib.common import wait_until
from lib.runner import case
from lib.usb import Disk

ROUNDS = 50
FEWER_ROUNDS = 12	# for make check


def alone(t, attach="allow dock=dock", rules=("rule = allow",)):
    """Both sides act by their rules."""
    t.restart(t.dock, dock=["auto_bind = yes"], policy=rules)
    t.restart(t.tablet, tablet=["dock = dock", f"attach = {attach}",
                                "retry_min = 1", "retry_max = 4"])
    t.wait_log(t.tablet, r'watching dock "dock"')


def taken(t):
    """How many ports of vhci-hcd have a device, and how many disks there are.
    Reading sysfs costs an emulated machine much less than our command."""
    text = t.tablet.sh("cat /sys/devices/platform/vhci_hcd.*/status*; "
                       "echo $(ls /sys/block | grep -c sd)")
    *ports, disks = text.splitlines()
    return sum(line.split()[2] == "006" for line in ports), int(disks)


def ready(t, devices):
    """These very devices are on the tablet, each with a node. A disk comes
    last: its driver waits a second before it looks at it."""
    if taken(t) != (len(devices), sum(isinstance(d, Disk) for d in devices)):
        return False
    ports = t.ports(t.tablet)
    return all(port["state"] == "used" and port.get("nodes")
               for port in ports) and \
        {port["device"]["serial"] for port in ports} == \
        {device.serial for device in devices}


def wait_ready(t, devices, timeout=10):
    wait_until(lambda: ready(t, devices), t.slow(timeout),
               lambda: f"{len(devices)} devices on the tablet: "
               f"{t.ports(t.tablet)}\n{t.log(t.tablet)}\n{t.log(t.dock)}", 0.2)


def wait_gone(t):
    wait_until(lambda: taken(t) == (0, 0) and not t.ports(t.tablet),
               t.slow(15), lambda: "nothing left on the tablet: "
               f"{t.ports(t.tablet)}", 0.2)


@case("hotplug", limit=1200)
def hotplug(t):
    """All three at once, and out again at once."""
    alone(t)
    times = []
    rounds = ROUNDS if t.all else FEWER_ROUNDS
    for _ in range(rounds):
        started = time.monotonic()
        # The disk first, as it takes longest.
        devices = [t.usb.disk(1, wait=False), t.usb.pointer(wait=False),
                   t.usb.keyboard(wait=False)]
        wait_ready(t, devices)
        times.append(time.monotonic() - started)
        t.usb.unplug_all()
        wait_gone(t)
    t.note(f"three devices ready after {statistics.median(times):.2f} s, "
           f"at most {max(times):.2f} s, in {rounds} rounds")
    t.wait_idle()


def session_ids(t):
    return sorted(session["id"] for session in t.sessions(t.tablet)
                  if session["state"] != "closed")


def other_sessions(t, before):
    """As many sessions as before, and none of the old ones."""
    now = session_ids(t)
    return len(now) == len(before) and not set(now) & set(before)


@case("heals", limit=600)
def heals(t):
    """A network that was down for too long, a detach by hand, new daemons."""
    alone(t)
    devices = [t.usb.keyboard(), t.usb.disk(4)]
    wait_ready(t, devices)
    before = session_ids(t)
    t.relay.cut("tablet")
    for session in before:
        t.equal(t.wait_closed(t.tablet, session, 35), "timeout", "reason")
    wait_gone(t)
    t.relay.cut("tablet", False)
    started = time.monotonic()
    wait_until(lambda: other_sessions(t, before), t.slow(20),
               lambda: f"new sessions: {t.log(t.tablet)}")
    wait_ready(t, devices, 20)
    t.note(f"all back {time.monotonic() - started:.1f} s after the network")

    # A restarted daemon finds its sessions and leaves them alone.
    before = session_ids(t)
    alone(t)
    t.equal(session_ids(t), before, "sessions after a start of the daemons")

    # By hand: it stays detached, until it is plugged in again.
    keyboard, disk = devices
    port = next(port for port in t.ports(t.tablet)
                if any("input" in node for node in port["nodes"]))
    t.equal(t.cli(t.tablet, "detach", "-p", port["port"]).status, 0, "detach")
    t.wait_log(t.dock, rf"session \d+ closed: .*{keyboard.busid} with")
    t.wait_status(keyboard, "available")
    t.equal(len(t.ports(t.tablet)), 1, "devices after a detach by hand")
    disk.unplug()
    wait_gone(t)
    t.equal(t.ports(t.tablet), [], "still detached")
    keyboard.unplug()
    wait_ready(t, [t.usb.keyboard()], 20)
    t.usb.unplug_all()
    wait_gone(t)
