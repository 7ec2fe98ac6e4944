# SPDX-License-Identifier: GPL-2.0
"""Docks that are not configured: they are found, told apart and chosen; and what
is not a dock costs nothing."""
import time

from cases.hotplug import wait_gone
from lib.common import wait_until
from lib.hints import Flood, beacon, frame, publish, start_bus, stop_bus
from lib.runner import case

BIND = ["auto_bind = yes"]
ATTACH = ["attach = allow", "retry_min = 1", "retry_max = 4"]
DNS_SD = ["dns_sd = yes", "beacon_receive = no"]
BEACON = ["dns_sd = no", "beacon_receive = yes"]
ANNOUNCED = ["dns_sd = yes", "beacon_send = yes"]
STRANGER = "not from our CA"

# What a flood may make the daemon read: see helper/discovery/beacon.h.
RATE, BURST = 200, 200


class Other:
    """Another daemon on the machine of the dock, with a port of its own."""

    def __init__(self, t, certificate, port):
        self.vm = t.dock
        self.name = certificate
        self.vm.put(f"/etc/usbip-tls/{certificate}.conf", t.config(
            certificate, dock=["auto_bind = no", f"port = {port}"],
            discovery=[*ANNOUNCED, "name = dock"]))
        self.vm.sh(f"setsid usbip-tlsd dock -c /etc/usbip-tls/{certificate}"
                   f".conf > /var/log/{certificate}.log 2>&1 < /dev/null & "
                   f"echo $! > /run/{certificate}.pid")
        wait_until(lambda: f":{port} " in self.vm.sh("netstat -ltn"),
                   t.slow(5), lambda: f"{certificate} listens: " +
                   self.vm.run(f"cat /var/log/{certificate}.log").out)

    def stop(self):
        self.vm.sh(f"kill $(cat /run/{self.name}.pid)")
        wait_until(lambda: self.vm.run(
            f"kill -0 $(cat /run/{self.name}.pid)").status, 10,
            f"{self.name} ends")


def peers(t):
    """Names of the docks whose devices are here."""
    return [session["peer"] for session in t.sessions(t.tablet)
            if session["state"] == "open"]


def plugged(t, dock):
    """A device is attached, and it comes from this dock."""
    started = time.monotonic()
    device = t.usb.keyboard(wait=False)
    wait_until(lambda: peers(t) == [dock], t.slow(10),
               lambda: f"a device of {dock} is attached: {peers(t)}\n"
               f"{t.log(t.tablet)}")
    t.note(f"attached from {dock} {time.monotonic() - started:.1f} s after "
           "the plug")
    device.unplug()
    wait_gone(t)


def watches(t, *docks):
    for dock in docks:
        t.wait_log(t.tablet, f'watching dock "{dock}"', 15)


def used(t, *docks):
    """Are these all the docks it watches?"""
    log = t.log(t.tablet)
    for dock in ("dock", "dock2", "dock-stranger"):
        t.equal(f'watching dock "{dock}"' in log, dock in docks,
                f"{dock} is watched\n{log}")


def stays(t, dock):
    """What is attached stays, although its dock is no longer wanted."""
    device = t.usb.keyboard(wait=False)
    wait_until(lambda: peers(t) == [dock], t.slow(10), "it is attached")
    session = t.sessions(t.tablet)[0]["id"]
    t.reload(t.tablet, tablet=[*ATTACH, "allow_docks = desk"],
             discovery=BEACON)
    t.wait_log(t.tablet, f'dock "{dock}" .* is not used', 15)
    t.equal([(s["id"], s["state"]) for s in t.sessions(t.tablet)],
            [(session, "open")], "its session")
    device.unplug()
    wait_gone(t)


@case("discovery", check="6.1", limit=400)
def discovery(t):
    for vm in (t.dock, t.tablet):
        start_bus(vm)
    # All of them announce themselves as "dock", in both ways.
    t.restart(t.dock, dock=BIND, discovery=[*ANNOUNCED, "name = dock"])
    second, stranger = Other(t, "dock2", 3250), \
        Other(t, "dock-stranger", 3251)

    t.restart(t.tablet, tablet=[*ATTACH, "allow_docks = dock"],
              discovery=DNS_SD)
    watches(t, "dock")
    t.wait_log(t.tablet, r'dock "dock2" .* is not used', 15)
    t.wait_log(t.tablet, STRANGER, 15)
    plugged(t, "dock")
    used(t, "dock")

    t.restart(t.tablet, tablet=[*ATTACH, "deny_docks = d?ck"],
              discovery=BEACON)
    watches(t, "dock2")
    t.wait_log(t.tablet, r'dock "dock" .* is not used', 15)
    t.wait_log(t.tablet, STRANGER, 15)
    plugged(t, "dock2")
    used(t, "dock2")
    stays(t, "dock2")

    t.restart(t.tablet, tablet=[*ATTACH, "docks = best",
                                "priority = dock2 10"],
              discovery=["dns_sd = yes", "beacon_receive = yes"])
    watches(t, "dock", "dock2")
    plugged(t, "dock2")
    second.stop()
    plugged(t, "dock")
    stranger.stop()
    no_docks(t)
    for vm in (t.dock, t.tablet):
        stop_bus(vm)


def counters(vm):
    """UDP packets that were read here, and those that were dropped for lack of room."""
    names, values = [line.split() for line in
                     vm.sh("grep ^Udp: /proc/net/snmp").splitlines()]
    found = dict(zip(names, values))
    return int(found["InDatagrams"]), int(found["RcvbufErrors"])


def cost(vm):
    """Memory of the daemon in KiB, and how many processes it has."""
    pid = vm.sh("cat /run/usbip-tlsd.pid")
    return (int(vm.sh(f"grep VmRSS: /proc/{pid}/status").split()[1]),
            len(vm.sh("pidof usbip-tlsd").split()))


def bad_beacons():
    """None of them may be followed."""
    good = beacon(name=b"bad")
    here = "10.77.0.90"
    return [frame(good[:size], here) for size in (0, 1, 10, 86)] + [
        frame(good + b"\0", here), frame(good + bytes(900), here),
        frame(beacon(b"bad", ident=b"RHBM"), here),
        frame(beacon(b"bad", major=1), here),
        frame(beacon(b"bad", use_tls=0), here),
        frame(beacon(b"bad", port=0), here),
        frame(good, "10.77.0.255"), frame(good, "224.0.0.1"),
        frame(good, "0.0.0.0"), frame(good, "127.0.0.1"),
        # From another network, from the tablet itself, and not broadcast.
        frame(good, "192.0.2.1"), frame(good, "10.77.0.2"),
        frame(good, here, "10.77.0.2")]


def forged_beacons():
    """Well-formed ones: for machines that do not exist, for ports with nothing
    or something else behind them."""
    names = [b"dock", b"\x1b[2J\x07", b"\xff" * 63, b"dock\0" + b"x" * 58]
    return [frame(beacon(names[i % 4], 3240 + i % 7), f"10.77.0.{100 + i}")
            for i in range(60)] + \
        [frame(beacon(b"dock", port), "10.77.0.1") for port in range(1, 40)]


def no_docks(t):
    """Hints that lead nowhere."""
    t.restart(t.tablet, tablet=ATTACH, discovery=BEACON)
    watches(t, "dock")
    # Bad ones leave no trace: there is not even an ARP request.
    asked = []
    t.relay.set_filter(lambda port, one: asked.append((port, one)) or [one])
    for one in bad_beacons():
        t.relay.inject("tablet", one)
    plugged(t, "dock")
    t.relay.set_filter(None)
    who = bytes([10, 77, 0, 90])
    t.equal([one for port, one in asked if port == "tablet" and
             one[12:14] == b"\x08\x06" and one[38:42] == who], [],
            "ARP for the address of a bad beacon")

    before = cost(t.tablet)
    read, lost = counters(t.tablet)
    # Some thousand a second; the debug kernel cannot take that many, because
    # dropping them uses up its processor.
    with Flood(t.relay, "tablet", forged_beacons(),
               0.1 if t.bed.image.debug else 0.01) as flood:
        plugged(t, "dock")
        plugged(t, "dock")
    now_read, now_lost = counters(t.tablet)
    after = cost(t.tablet)
    t.note(f"{flood.sent} beacons in {flood.seconds:.1f} s: "
           f"{now_read - read} read, "
           f"memory and processes before {before}, after {after}")
    t.check(now_lost > lost, "it was more than is read")
    t.check(now_read - read < RATE * (flood.seconds + 2) + BURST,
            f"{now_read - read} packets read in {flood.seconds:.1f} s")
    cheap(t, before, after)

    # By DNS-SD: other versions, nothing there, the wrong dock, and many.
    text = ["txtvers=1", "proto=1"]
    services = [("other", "10.77.0.90", 3240, ["txtvers=2", "proto=1"]),
                ("bare", "10.77.0.91", 3240, [])]
    services += [(f"forged {i}", f"10.77.0.{100 + i % 20}", 3240 + i, text)
                 for i in range(40)]
    t.restart(t.tablet, tablet=ATTACH, discovery=DNS_SD)
    watches(t, "dock")
    before = cost(t.tablet)
    publish(t.dock, services)
    t.wait_log(t.tablet, r"10\.77\.0\.1\d\d", 20)
    plugged(t, "dock")
    after = cost(t.tablet)
    t.note(f"memory and processes before {before}, after {after}")
    cheap(t, before, after)
    t.check(r"10.77.0.90" not in t.log(t.tablet) and
            "10.77.0.91" not in t.log(t.tablet),
            "services of another version are not followed")


def cheap(t, before, after):
    t.check(after[0] < before[0] + 1024, f"memory: {before[0]} KiB before, "
            f"{after[0]} KiB after")
    t.check(after[1] <= before[1] + 3, f"processes: {before[1]} before, "
            f"{after[1]} after")
