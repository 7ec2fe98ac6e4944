# SPDX-License-Identifier: GPL-2.0
"""Two tablets whose rules both want the same device."""
import time

from lib.common import wait_until
from lib.runner import case

BUSY = 10
RULES = ["allow take-over tablet=tablet2", "allow"]
BY_RULE = ["dock = dock", "attach = allow", "retry_min = 1", "retry_max = 4"]


def holder(t):
    """[name of the tablet] that has the device, according to the dock."""
    return [session["peer"] for session in t.sessions(t.dock)
            if session["state"] == "open"]


def wait_holder(t, vm):
    wait_until(lambda: holder(t) == [vm.name] and
               [port["state"] for port in t.ports(vm)] == ["used"],
               t.slow(10), lambda: f"{vm.name} has the device, and not "
               f"{holder(t)}\n{t.log(vm)}\n{t.log(t.dock)}")


def keeps(t, vm, session, text):
    """Nothing has happened to the session."""
    t.equal([(s["id"], s["state"]) for s in t.sessions(vm)],
            [(session, "open")], text)


def session_id(t, vm):
    return t.sessions(vm)[0]["id"]


def busy(t, vm, device, *options):
    """An attach by hand is refused, and the message says why."""
    result = t.cli(vm, "attach", "-r", "dock", "-b", device.busid, *options)
    t.equal(result.status, BUSY, f"{vm.name} attaches by hand: {result.out}")
    t.check("is in use" in result.out, f"it says why: {result.out}")
    t.equal(t.cli_json(vm, "list", "-r", "dock")["devices"], [],
            f"what {vm.name} is shown")


def release(t, vm):
    """Detaches by hand, so that this tablet does not take it again by itself."""
    result = t.cli(vm, "detach", "-p", t.ports(vm)[0]["port"])
    t.equal(result.status, 0, f"detach on {vm.name}: {result.out}")


@case("two-tablets", check="6.1", limit=300)
def two_tablets(t):
    first, second = t.tablet, t.third()
    t.restart(t.dock, dock=["auto_bind = yes"],
              policy=[f"rule = {rule}" for rule in RULES])
    t.restart(first, tablet=BY_RULE)
    device = t.usb.keyboard()
    wait_holder(t, first)

    # First come, first served. The other waits, and is told so if it asks.
    session = session_id(t, first)
    t.start_daemon(second, t.config("tablet2", tablet=BY_RULE))
    t.wait_log(second, r'watching dock "dock"')
    busy(t, second, device)
    keeps(t, first, session, "session of the first tablet")

    # Once given back, it goes to the other at once, without a command.
    started = time.monotonic()
    release(t, first)
    wait_holder(t, second)
    t.note(f"with the other {time.monotonic() - started:.1f} s after a detach")

    # No rule lets the first tablet take it over.
    session = session_id(t, second)
    busy(t, first, device, "--take-over")
    keeps(t, second, session, "session of the second tablet")

    # The second may; then the first waits until it is free.
    release(t, second)
    t.wait_status(device, "available")
    t.attach(device)
    wait_holder(t, first)
    session = session_id(t, first)
    busy(t, second, device)
    result = t.cli(second, "attach", "-r", "dock", "-b", device.busid,
                   "--take-over")
    t.equal(result.status, 0, f"take-over: {result.out}")
    wait_holder(t, second)
    t.equal(t.wait_closed(first, session), "peer-closed",
            "what the first tablet is told")
    t.wait_log(t.dock, f'"tablet2" takes {device.busid} from "tablet"')
    session = session_id(t, second)
    busy(t, first, device)
    keeps(t, second, session, "session of the second tablet, later")
    release(t, second)
    wait_holder(t, first)
    t.stop_daemon(second)
