# SPDX-License-Identifier: GPL-2.0
"""Peers without our extensions: Debian's usbip, and a dock that is polled."""
from lib.case import DOCK
from lib.common import wait_until
from lib.runner import case
from lib.sessions import VIOLATIONS, closed_with, made, refused_pdus

PORT = 3241
BUSY = 10
LISTEN = [f"listen = {DOCK}", "allow = 10.77.0.2"]
US = "plaintext@10.77.0.2"


def usbip(t, *argv):
    """The stock client on the tablet."""
    return t.tablet.run(" ".join(["usbip", "--tcp-port", str(PORT),
                                  *map(str, argv), "2>&1"]), 60)


def shown(t, devices):
    """Which of the devices the stock client sees."""
    result = usbip(t, "list", "-r", DOCK)
    return [device for device in devices
            if f" {device.busid}:" in result.out]


def attach(t, disk):
    """Attaches it; returns its node."""
    result = usbip(t, "attach", "-r", DOCK, "-b", disk.busid)
    t.equal(result.status, 0, f"stock attach: {result.out}")
    t.wait_status(disk, "used")

    def node():
        nodes = [node for port in t.ports(t.tablet) for node in port.get("nodes", [])
                 if node.startswith("/dev/sd")]
        return nodes[0] if nodes else None
    return wait_until(node, t.slow(15), lambda:
                      f"a disk appears: {t.ports(t.tablet)}")


def refused(t, busid, what):
    result = usbip(t, "attach", "-r", DOCK, "-b", busid)
    t.check(result.status, f"{what} is refused: {result.out}")
    t.equal(t.ports(t.tablet), [], f"ports after the refusal of {what}")


def gets_nothing(t, reason):
    """It gets not one byte, and the dock logs it."""
    mark = len(t.log(t.dock))
    count = t.tablet.sh("printf '\\001\\021\\200\\005\\0\\0\\0\\0' | "
                        f"nc -w 5 {DOCK} {PORT} | wc -c")
    t.equal(int(count), 0, f"bytes for a client that {reason}")
    t.wait_log(t.dock, rf"refused \(plaintext\): .*{reason}", after=mark)


def swap_disk(t):
    """A disk that the dock itself swaps to."""
    disk = t.usb.disk(4)
    node = wait_until(lambda: t.dock.run(
        f"cd /sys/bus/usb/devices/{disk.busid}/{disk.busid}:*/host*/target*/"
        "*/block 2>/dev/null && ls").out, t.slow(10), "the dock has the disk")
    wait_until(lambda: t.dock.run(f"test -b /dev/{node}").status == 0,
               t.slow(10), "its node appears")
    t.dock.sh(f"busybox mkswap /dev/{node} && busybox swapon /dev/{node}")
    return disk, node


@case("plaintext", check="6.1", limit=300)
def plaintext(t):
    disk = t.plug("disk", 4)
    result = usbip(t, "list", "-r", DOCK)
    t.check(result.status and "could not connect" in result.out,
            f"nobody listens without being told to: {result.out}")
    t.check(f":{PORT} " not in t.dock.sh("netstat -ltn"), "nor in any way")

    # Somebody else's address.
    t.restart_dock(plaintext=[LISTEN[0], "allow = 10.77.0.9"])
    gets_nothing(t, "allow does not have its address")
    refused(t, disk.busid, "an address that is not allowed")
    t.restart_dock(plaintext=LISTEN,
                   dock=["auto_bind = no", "allow_tablets = tablet"])
    gets_nothing(t, "allow_tablets does not have its name")

    # The rules apply: what is denied, hidden or needed by the dock is not listed.
    swap, node = swap_disk(t)
    hidden, keyboard = t.usb.disk(2), t.plug("keyboard")
    devices = [disk, swap, hidden, keyboard]
    t.restart_dock(plaintext=LISTEN, dock=["auto_bind = yes"], policy=[
        f"rule = hide serial={hidden.serial}",
        f"rule = deny class=hid tablet={US}",
        "rule = allow"])
    t.wait_log(t.dock, f"listens on {DOCK} port {PORT} WITHOUT TLS")
    t.equal(shown(t, devices), [disk], "what the stock client is shown")
    for device, what in ((swap, "the dock's swap"),
                         (hidden, "a hidden disk"),
                         (keyboard, "a denied keyboard")):
        refused(t, device.busid, what)
    t.dock.sh(f"busybox swapoff /dev/{node}")
    swap.unplug()

    path = attach(t, disk)
    t.equal(t.sha256(t.tablet, path, 4), disk.sha256(), "the disk as read")
    t.wait_log(t.dock, f'"{US}" gets {disk.busid} WITHOUT TLS')
    told(t, disk)
    t.equal(shown(t, devices), [], "what is shown while it is in use")
    busy = t.cli(t.tablet, "attach", "-r", DOCK, "-b", disk.busid)
    t.equal(busy.status, BUSY, f"exit code for a tablet: {busy.out}")

    handed_on(t, disk)
    keyboard.unplug()

    # Pulled out while the stock client has it; no daemon is needed for that.
    attach(t, disk)
    session = t.dock_session(disk.busid)
    t.stop_daemon(t.dock)
    disk.unplug()
    wait_until(lambda: not t.ports(t.tablet), t.slow(15), lambda:
               f"the port is free: {t.ports(t.tablet)}")
    closed_with(t, t.dock, session, "local")
    t.start_daemon(t.dock)


def told(t, disk):
    """What is known of a session without TLS."""
    session, = t.sessions(t.dock)
    t.equal([session[name] for name in ("busid", "peer", "state", "cipher",
                                        "tls_version", "block_limit")],
            [disk.busid, US, "open", "none", "none", 0], "the session as told")
    t.check(session["tx_bytes"] > disk.size and session["tx_pdus"] > 16 and
            session["rx_pdus"] > 16, f"it is counted: {session}")
    status = t.cli(t.dock, "status").out
    t.check("TLS      none: nothing is encrypted" in status, status)
    t.wait_log(t.dock, f"session {session['id']} opened: .* WITHOUT TLS")


def handed_on(t, disk):
    """A watching tablet gets it when the stock client releases it."""
    t.restart(t.tablet, tablet=["dock = dock", "attach = allow class=storage"])
    t.wait_log(t.tablet, 'watching dock "dock"')
    session = t.dock_session(disk.busid)
    port = t.ports(t.tablet)[0]["port"]
    result = usbip(t, "detach", "-p", port)
    t.equal(result.status, 0, f"stock detach: {result.out}")
    # It says goodbye only by ending its stream between two PDUs.
    closed_with(t, t.dock, session, "peer-closed", 0)
    t.wait_log(t.tablet, f"{disk.busid} of dock .* attached to port", 20)
    t.restart(t.tablet)
    t.detach_all(t.tablet)
    t.wait_status(disk, "available")


def ended_by(t, disk, session, reason):
    """On both sides, at once."""
    closed_with(t, t.dock, session, reason)
    wait_until(lambda: not t.ports(t.tablet), t.slow(15), lambda:
               f"the port is free: {t.ports(t.tablet)}")


@case("plaintext-ends", check="6.1")
def plaintext_ends(t):
    """A use without TLS ends like any other: by its session."""
    disk = t.plug("disk", 4)
    t.restart_dock(plaintext=LISTEN, policy=["rule = allow take-over"])
    # Unbound: the session ends before usbip-host hears of it.
    attach(t, disk)
    session = t.dock_session(disk.busid)
    result = t.cli(t.dock, "unbind", "-b", disk.busid)
    t.equal(result.status, 0, f"unbind: {result.out}")
    ended_by(t, disk, session, "admin")
    t.bind(disk)

    # A tablet with a rule for it takes it over; until then it is used without TLS.
    attach(t, disk)
    session = t.dock_session(disk.busid)
    taken = t.cli_json(t.tablet, "attach", "-r", DOCK, "-b", disk.busid,
                       "--take-over", "-w", int(t.slow(10)))
    closed_with(t, t.dock, session, "admin")
    t.wait_log(t.dock, f'takes {disk.busid} from "{US}", session {session} ends')
    t.check(t.dock_session(disk.busid) != session, "the tablet has its own")
    t.equal(t.cli(t.tablet, "detach", "-p", taken["port"]).status, 0, "detach")
    t.detach_all(t.tablet)
    t.wait_status(disk, "available")

    # The client's machine vanishes silently.
    attach(t, disk)
    session = t.dock_session(disk.busid)
    t.relay.cut("tablet")
    t.equal(t.wait_closed(t.dock, session, 45), "timeout",
            "a client that vanished")
    t.wait_status(disk, "available", 15)
    t.relay.cut("tablet", False)


@case("plaintext-pdu", limit=300)
def plaintext_pdu(t):
    """PDUs of a client without TLS are checked like a tablet's."""
    devices = {"control": t.plug("disk", 2), "int-in": t.plug("keyboard"),
               "iso-out": t.plug("audio")}
    devices["bulk-in"] = devices["bulk-out"] = devices["control"]
    t.restart_dock(plaintext=LISTEN)
    kinds = {}
    for line in t.tablet.sh("ut-peer list").splitlines():
        command, name, need, reason, detail = line.split()
        if command == "hostile-tablet" and need in devices and \
                reason == "bad-pdu":
            kinds.setdefault(detail, (name, devices[need]))
    t.check(len(kinds) >= 8, f"enough kinds of violation: {kinds}")
    for detail, (name, device) in kinds.items():
        session = misbehaves(t, name, device)
        closed_with(t, t.dock, session, "bad-pdu", VIOLATIONS.index(detail))
        t.equal(refused_pdus(t, t.dock, session), [detail],
                f"{name}: PDUs refused")
    # A stream that ends inside a PDU did not end in order.
    session = misbehaves(t, "truncated-header", devices["control"])
    closed_with(t, t.dock, session, "truncated")


def misbehaves(t, name, device):
    """ut-peer without TLS; returns the session it had."""
    known = made(t, t.dock)
    result = t.tablet.run(f"ut-peer hostile-tablet {DOCK} {PORT} -P "
                          f"-b {device.busid} {name} 2>&1", 90)
    t.equal(result.status, 0, f"{name}: {result.out}")
    new = [number for number in made(t, t.dock) if number not in known]
    t.equal(len(new), 1, f"{name}: sessions made: {new}")
    t.wait_closed(t.dock, new[0])
    t.wait_status(device, "available")
    return new[0]


def accepted(t):
    """TCP connections that the dock has taken so far."""
    return int(t.dock.sh("awk '/^Tcp: [0-9]/ { print $7 }' /proc/net/snmp"))


@case("legacy")
def legacy(t):
    """legacy=yes: what a dock lists is attached by rule, and again."""
    keyboard, disk = t.plug("keyboard"), t.plug("disk", 2)
    t.restart(t.tablet, tablet=["dock = dock legacy=yes",
                                "attach = allow class=storage"])
    t.wait_log(t.tablet, 'polling dock "dock"')

    def attached():
        return [s["busid"] for s in t.sessions(t.tablet)
                if s["state"] == "open"]

    def wait_attached(want):
        wait_until(lambda: attached() == want, t.slow(20),
                   lambda: f"{want} attached: {attached()}\n"
                   f"{t.log(t.tablet)}")
    wait_attached([disk.busid])
    # By the dock's hand: back as soon as it is shared again.
    session = t.dock_session(disk.busid)
    result = t.cli(t.dock, "unbind", "-b", disk.busid)
    t.equal(result.status, 0, f"unbind: {result.out}")
    closed_with(t, t.dock, session, "admin")
    wait_attached([])
    t.bind(disk)
    wait_attached([disk.busid])
    # By the tablet's hand: it stays detached, whatever the lists say.
    t.detach_all(t.tablet)
    t.wait_status(disk, "available")
    before = accepted(t)
    wait_until(lambda: accepted(t) >= before + 2, t.slow(20),
               "the dock is asked twice more")
    t.equal(attached(), [], "attached after a detach by hand")
    keyboard.unplug()
