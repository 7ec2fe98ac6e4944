# SPDX-License-Identifier: GPL-2.0
"""A dock that lies about its device, and one that does not answer."""
import time

from cases.hostile import settle
from lib.case import DOCK, Attachment
from lib.common import wait_until
from lib.runner import case
from lib.sessions import VIOLATIONS, closed_with, made

PORT = 3241
# Seconds. TCP survives 15.
CUT = 11
# What ut-peer has said so far.
SAID = "/tmp/lying-dock"
ID = "1209:0001"


def lying_dock(t, lie, seconds=60):
    """ut-peer as a dock with a good certificate."""
    dock = t.dock.start(f"ut-peer lying-dock {PORT} -d /pki/dock -t {seconds} "
                        f"{lie} > {SAID} 2>&1; status=$?; cat {SAID}; "
                        "exit $status", t.slow(240))
    wait_until(lambda: f":{PORT} " in t.dock.sh("netstat -ltn"), t.slow(5),
               "ut-peer listens")
    return dock


def attach(t, device):
    return t.cli(t.tablet, "attach", "-r", DOCK, "--tcp-port", PORT, "-b",
                 device, "-w", 0)


def no_keyboard(t, lie):
    """No driver has got a device of the dock."""
    bound = t.tablet.sh("ls -d /sys/bus/usb/drivers/usbhid/*:* 2>/dev/null; :")
    t.equal(bound, "", f"{lie}: interfaces that the keyboard driver has")


def caught(t, lie, device, violation, act=None):
    """Attached, and ended by the tablet's module before a driver binds."""
    known = made(t, t.tablet)
    dock = lying_dock(t, lie)
    answer = attach(t, device)
    t.equal(answer.status, 0, f"{lie}: {answer.out}")
    if act:
        act(dock)
    new = [number for number in made(t, t.tablet) if number not in known]
    t.equal(len(new), 1, f"{lie}: sessions made: {new}")
    t.wait_closed(t.tablet, new[0], t.slow(30))
    closed_with(t, t.tablet, new[0], "other-device",
                VIOLATIONS.index(violation))
    result = dock.wait()
    t.equal(result.status, 0, f"{lie}: {result.out}")
    no_keyboard(t, lie)
    for port in t.ports(t.tablet):
        t.wait_port_free(t.tablet, port["port"])
    # The remains of the device must not be mistaken for the next one.
    settle(t)
    wait_until(lambda: not t.tablet.run("grep -l 1209 /sys/bus/usb/devices/*/"
                                        "idVendor").out, t.slow(20),
               "the device of the lying dock is gone")
    return result.out


def reset(t):
    """Lets the kernel read the descriptors of the configured device again."""
    def act(_dock):
        result = t.tablet.run("ut-peer submit reset 2>&1", t.slow(60))
        t.equal(result.status, 0, f"reset: {result.out}")
    return act


@case("lying-dock", limit=900)
def lying(t):
    """Rules apply to what arrives, not to what was announced."""
    t.tablet.sh("modprobe usbhid")
    said = caught(t, "hid", ID, "interface")
    t.check("configured" not in said, f"it was never configured: {said}")
    caught(t, "vendor", "1-1", "device")
    # By bus id there was no list; what came first holds.
    caught(t, "hid-later", "1-1", "interface", reset(t))
    caught(t, "hid-second", ID, "interface")

    dock = lying_dock(t, "hid-import")
    answer = attach(t, ID)
    t.equal(answer.status, 14, f"hid-import: {answer.out}")
    t.check("gives another device as 1-1 than it announced: 046d:c31c" in
            answer.out, f"it says so: {answer.out}")
    dock.wait()
    no_keyboard(t, "hid-import")
    by_rule(t)


def by_rule(t):
    """A rule that denies keyboards also works on a dock that hides one."""
    known = made(t, t.tablet)
    dock = lying_dock(t, "hid")
    t.restart(t.tablet, tablet=[f"dock = {DOCK} port={PORT} name=dock legacy=yes",
                                "retry_max = 2", "attach = deny class=hid",
                                f"attach = allow id={ID}"])
    t.wait_log(t.tablet, "closed: the device is not the one that the dock "
               r"announced \(interface\)", t.slow(60))
    dock.wait()
    new = [number for number in made(t, t.tablet) if number not in known]
    t.equal(len(new), 1, f"sessions made by rule: {new}")
    closed_with(t, t.tablet, new[0], "other-device",
                VIOLATIONS.index("interface"))
    no_keyboard(t, "by rule")
    # The same dock again: it is no longer asked for that device.
    dock = lying_dock(t, "hid", 40)
    wait_until(lambda: device_state(t) == "other-device", t.slow(20),
               "status says why it is not attached")
    result = dock.wait()
    t.check("listed" in result.out and "imported" not in result.out,
            f"it is not attached again and again: {result.out}")


def device_state(t):
    for daemon in t.cli_json(t.tablet, "status")["daemons"]:
        for dock in daemon["tablet"]["docks"]:
            for device in dock["devices"]:
                return device["state"]
    return None


def silent_session(t):
    """Attaches a device of a dock that never answers: (dock, session number)."""
    known = made(t, t.tablet)
    dock = lying_dock(t, "silent", 120)
    answer = attach(t, "1-1")
    t.equal(answer.status, 0, f"attach: {answer.out}")
    session = [number for number in made(t, t.tablet) if number not in known]
    t.equal(len(session), 1, f"sessions made: {session}")
    return dock, session[0]


def ends_silent(t, dock, session):
    """The tablet ends it once its unlink has waited 15 s on a working link."""
    t.wait_closed(t.tablet, session, t.slow(60))
    closed_with(t, t.tablet, session, "silent")
    waited = [detail for number, _, detail in t.closed(t.tablet)
              if number == session][0]
    # The last keepalive probe may have been 8 s ago.
    t.check(15 <= waited <= 15 + t.slow(10), f"after 15 s: {waited} s")
    result = dock.wait()
    t.check("unlink" in result.out, f"it got an unlink: {result.out}")
    t.equal(result.status, 0, f"ut-peer: {result.out}")


def cut_does_not_count(t):
    """The dock's time to answer runs only while the link works."""
    dock, session = silent_session(t)
    wait_until(lambda: "unlink" in t.dock.sh(f"cat {SAID}"), t.slow(60),
               "it got an unlink")
    got = time.monotonic()
    t.tablet.qmp.command("set_link", name="net0", up=False)
    time.sleep(CUT)
    t.tablet.qmp.command("set_link", name="net0", up=True)
    ends_silent(t, dock, session)
    seconds = time.monotonic() - got
    # It may have been on its way for a moment before its time began.
    t.check(seconds >= 15 + CUT - 2, f"it survived a cut of {CUT} s: {seconds:.1f} s")


@case("silent-dock", limit=900)
def silent(t):
    """A dock that never answers does not block the tablet's hub for others."""
    disk = t.plug("disk", 2)
    dock, session = silent_session(t)
    # The same controller and hub; the hub's thread waits for the silent dock.
    seconds = int(t.slow(60))
    answer = t.cli_json(t.tablet, "attach", "-r", DOCK, "-b", disk.busid, "-w",
                        seconds, timeout=2 * seconds)
    attachment = Attachment(t.tablet, answer)
    ends_silent(t, dock, session)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 2), disk.sha256(),
            "sha256 of the disk of another dock")
    t.detach(attachment)
    cut_does_not_count(t)
    attachment = t.attach(disk)
    t.detach(attachment)
