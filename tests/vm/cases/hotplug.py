# SPDX-License-Identifier: GPL-2.0
"""Without a hand on it: plugged in at the dock, usable on the tablet."""
import statistics
import time

from lib.common import wait_until
from lib.runner import case

ROUNDS = 50


def alone(t, attach="allow dock=dock", rules=("rule = allow",)):
    """Both sides work by rule."""
    t.restart(t.dock, dock=["auto_bind = yes"], policy=rules)
    t.restart(t.tablet, tablet=["dock = dock", f"attach = {attach}",
                                "retry_min = 1", "retry_max = 4"])
    t.wait_log(t.tablet, r'watching dock "dock"')


def ready(t, devices):
    """All of them are on the tablet, each with a node."""
    ports = t.ports(t.tablet)
    found = [port for port in ports if port["state"] == "used" and
             port["nodes"]]
    return len(found) == len(devices)


def wait_ready(t, devices, timeout=10):
    wait_until(lambda: ready(t, devices), t.slow(timeout),
               lambda: f"{len(devices)} devices on the tablet: "
               f"{t.ports(t.tablet)}\n{t.log(t.tablet)}\n{t.log(t.dock)}")


def wait_gone(t):
    wait_until(lambda: not t.ports(t.tablet), t.slow(15),
               lambda: f"nothing left on the tablet: {t.ports(t.tablet)}")


@case("hotplug", limit=1200)
def hotplug(t):
    alone(t)
    times = []
    for number in range(ROUNDS):
        started = time.monotonic()
        devices = [t.usb.keyboard(), t.usb.pointer(), t.usb.disk(4)]
        wait_ready(t, devices)
        times.append(time.monotonic() - started)
        if number % 10 == 0:
            busids = {port["local_busid"] for port in t.ports(t.tablet)}
            t.equal(len(busids), len(devices), "different devices")
        t.usb.unplug_all()
        wait_gone(t)
    t.note(f"three devices ready after {statistics.median(times):.2f} s, "
           f"at most {max(times):.2f} s, in {ROUNDS} rounds")
    t.wait_idle()


def session_ids(t):
    return sorted(session["id"] for session in t.sessions(t.tablet)
                  if session["state"] != "closed")


def other_sessions(t, before):
    """As many as there were, and none of those that were there."""
    now = session_ids(t)
    return len(now) == len(before) and not set(now) & set(before)


@case("heals", limit=600)
def heals(t):
    """A network that was down too long, a detach by hand, new daemons."""
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

    # A daemon that starts anew finds its sessions and leaves them alone.
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


@case("beacon")
def beacon(t):
    """A dock that nobody has named: the tablet finds it by its beacon."""
    t.restart(t.dock, dock=["auto_bind = yes"],
              discovery=["dns_sd = no", "beacon_send = yes"])
    t.restart(t.tablet, tablet=["attach = allow dock=dock"],
              discovery=["dns_sd = no", "beacon_receive = yes"])
    t.wait_log(t.tablet, r'watching dock "dock"', 15)
    devices = [t.usb.keyboard()]
    wait_ready(t, devices)
    # Another name than the certificate's opens no door.
    t.restart(t.tablet, tablet=["attach = allow", "allow_docks = desk"],
              discovery=["dns_sd = no", "beacon_receive = yes"])
    t.wait_log(t.tablet, r'dock "dock" .* is not used', 15)
    t.equal(len(session_ids(t)), 1, "what is attached stays")
    t.usb.unplug_all()
    wait_gone(t)
