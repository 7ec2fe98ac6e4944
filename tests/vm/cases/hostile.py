# SPDX-License-Identifier: GPL-2.0
"""What goes over the wire, and what comes from a peer that is not ours."""
from collections import namedtuple

from lib import pcap
from lib.case import DOCK
from lib.common import wait_until
from lib.runner import case
from lib.sessions import VIOLATIONS, closed_with, made, refused_pdus
from lib.usb import marker

MIB = 1 << 20
CONTROL_PORT = 5555
HOSTILE_PORT = 3241

# A line of "ut-peer list".
Class = namedtuple("Class", "command name need reason detail")


def ends_right(t, vm, session, kind):
    """The session has ended as its class requires."""
    if kind.reason != "bad-pdu":
        detail = int(kind.detail) if kind.detail != "-" else None
        closed_with(t, vm, session, kind.reason, detail)
        return
    closed_with(t, vm, session, "bad-pdu", VIOLATIONS.index(kind.detail))
    t.equal(refused_pdus(t, vm, session), [kind.detail],
            f"{kind.name}: PDUs refused")


def against_dock(t, devices, kind):
    """ut-peer as the tablet, with a good certificate."""
    device = devices[kind.need]
    known = made(t, t.dock)
    result = t.tablet.run(
        f"ut-peer hostile-tablet {DOCK} 3240 -d /pki/tablet -b {device.busid} "
        f"{kind.name} 2>&1", 90)
    t.equal(result.status, 0, f"{kind.name}: {result.out}")
    new = [number for number in made(t, t.dock) if number not in known]
    t.equal(len(new), 1, f"{kind.name}: sessions made: {new}")
    if kind.reason == "none":
        t.check(f"goes-on {kind.name}" in result.out,
                f"{kind.name}: the session goes on: {result.out}")
        closed_with(t, t.dock, new[0], "peer-closed")
    else:
        ends_right(t, t.dock, new[0], kind)
    if kind.name == "packets-iso-0":
        t.check("answer -22" in result.out,
                f"{kind.name}: as usbcore would answer: {result.out}")
    status = f"/sys/bus/usb/drivers/usbip-host/{device.busid}/usbip_status"
    wait_until(lambda: t.dock.run(f"cat {status}").out == "1", t.slow(10),
               f"{kind.name}: {device.name} is available again")


def against_tablet(t, kind):
    """ut-peer as the dock, with a good certificate."""
    dock = t.dock.start(f"exec ut-peer hostile-dock {HOSTILE_PORT} "
                        f"-d /pki/dock {kind.name} 2>&1", 90)
    wait_until(lambda: f":{HOSTILE_PORT} " in t.dock.sh("netstat -ltn"),
               t.slow(5), "ut-peer listens")
    answer = t.cli_json(t.tablet, "attach", "-r", DOCK, "--tcp-port",
                        HOSTILE_PORT, "-b", "1-1", "-w", 0)
    if kind.need != "control":
        result = t.tablet.run(f"ut-peer submit {kind.need} 2>&1", 90)
        t.equal(result.status, 0, f"{kind.name}: {result.out}")
    result = dock.wait()
    t.equal(result.status, 0, f"{kind.name}: {result.out}")
    if kind.reason == "none":
        t.check(f"goes-on {kind.name}" in result.out,
                f"{kind.name}: the session goes on: {result.out}")
        t.check(t.wait_closed(t.tablet, answer["session"]) in
                ("truncated", "reset"), f"{kind.name}: it ends with ut-peer")
    else:
        ends_right(t, t.tablet, answer["session"], kind)
    t.wait_port_free(t.tablet, answer["port"])
    settle(t)


def settle(t):
    """Waits until the tablet's hubs have given up on what was attached: this
    attribute can be read only while a hub is at rest. A transfer that vhci-hcd
    still waits for would be cancelled on the next connection, and the next
    class means the first PDUs of that to be its own."""
    t.tablet.sh("cat /sys/devices/platform/vhci_hcd.*/usb*/"
                "bConfigurationValue", 60)


def choose(t, kinds):
    """All classes; for make check, only the first of those that break the same
    rule for PDUs."""
    if t.all:
        return kinds
    ends = set()
    chosen = []
    for kind in kinds:
        end = kind.command, kind.reason, kind.detail
        if end not in ends or kind.reason != "bad-pdu":
            chosen.append(kind)
        ends.add(end)
    t.note(f"make check leaves {len(kinds) - len(chosen)} of {len(kinds)} "
           "classes to make check-all")
    return chosen


@case("hostile-pdu", check="6.1", limit=1500)
def hostile_pdu(t):
    """Every rule is broken once, on the dock and on the tablet."""
    kinds = choose(t, [Class(*line.split()) for line in
                       t.tablet.sh("ut-peer list").splitlines()])
    disk, keyboard, audio = (t.plug("disk", 2), t.plug("keyboard"),
                             t.plug("audio"))
    devices = {"control": disk, "bulk-in": disk, "bulk-out": disk,
               "int-in": keyboard, "any-in": keyboard, "iso-out": audio}
    counts = {}
    for kind in kinds:
        if kind.command == "hostile-tablet":
            against_dock(t, devices, kind)
        else:
            against_tablet(t, kind)
        counts[kind.command] = counts.get(kind.command, 0) + 1
    t.note(f"{counts['hostile-tablet']} classes against the dock, "
           f"{counts['hostile-dock']} against the tablet")
    t.check(min(counts.values()) >= (60 if t.all else 18),
            f"enough classes: {counts}")
    attachment = t.attach(disk)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 2), disk.sha256(),
            "sha256 after all that")


def peer(t, *argv):
    """Runs ut-peer compat on the tablet."""
    return t.tablet.run(" ".join(["ut-peer compat", DOCK, "3240", *argv,
                                  "2>&1"]), 60)


@case("compat")
def compat(t):
    """A client that knows nothing of us and has no certificate."""
    disk = t.plug("disk", 2)
    asks = ["-b", disk.busid]
    # It is let in only if the configuration says so.
    for argv in (asks, [*asks, "-p", "1.2"]):
        t.equal(peer(t, *argv).status, 3, "exit code of a client refused")
    # And it gets only what the rules give to a tablet without a name.
    t.restart_dock(tls=["client_certificate = optional"],
                   policy=["rule = allow tablet=*"])
    result = peer(t, *asks)
    t.check(result.status and "devices 0" in result.out,
            f"nothing is there for one without a name: {result.out}")
    t.restart_dock(tls=["client_certificate = optional"],
                   policy=["rule = allow tablet!=*"])
    t.equal(peer(t, *asks, "-p", "1.2").status, 3,
            "exit code with TLS 1.2 where 1.3 is wanted")
    uses(t, disk, asks, "TLS1.3")
    t.restart_dock(tls=["client_certificate = optional",
                        "min_version = 1.2"],
                   policy=["rule = allow tablet!=*"])
    uses(t, disk, [*asks, "-p", "1.2"], "TLS1.2")
    uses(t, disk, asks, "TLS1.3")
    # With a certificate it is known by its name, in TLS 1.2 too.
    t.restart_dock(tls=["min_version = 1.2"])
    t.equal(peer(t, *asks, "-p", "1.2").status, 3,
            "exit code without a certificate where one is wanted")
    uses(t, disk, [*asks, "-p", "1.2", "-d", "/pki/tablet"], "TLS1.2")
    t.wait_log(t.dock, f'tablet "tablet" gets {disk.busid} as session')


def uses(t, disk, argv, version):
    """Lists, imports, makes a few control transfers, and ends in order."""
    known = made(t, t.dock)
    result = peer(t, *argv)
    t.equal(result.status, 0, f"ut-peer compat with {version}: {result.out}")
    for want in (f"handshake {version}", f"device {disk.busid} ",
                 f"serial={disk.serial}", "devices 1", "import 0", "status 2",
                 "stall -32", "unlink 0"):
        t.check(want in result.out, f"ut-peer says \"{want}\": {result.out}")
    new = [number for number in made(t, t.dock) if number not in known]
    t.equal(len(new), 1, f"sessions made: {new}")
    closed_with(t, t.dock, new[0], "peer-closed")
    t.wait_status(disk, "available")


def needles(t, disk):
    """What must not be visible on the wire: {what: bytes}."""
    path = f"/sys/bus/usb/devices/{disk.busid}"
    product, maker = (t.dock.sh(f"cat {path}/{name}")
                      for name in ("product", "manufacturer"))
    texts = {"serial number": disk.serial, "product": product,
             "manufacturer and product": f"{maker} {product}"}
    found = {"marker of the disk": b"UT-DISK ",
             "marker of a sector": marker(disk.serial, 8),
             "bus id": disk.busid.encode() + bytes(6),
             "path of the device": b"/sys/devices/"}
    for what, text in texts.items():
        found[what] = text.encode()
        found[f"{what} in a descriptor"] = text.encode("utf-16-le")
    return found


def control(t, secrets, disk):
    """Sends the same unencrypted, to prove that it would be found."""
    with open(disk.path, "rb") as file:
        sectors = file.read(16 * 512)
    t.dock.put("/tmp/control", sectors + b"\n".join(secrets.values()))
    job = t.dock.start(f"nc -l -p {CONTROL_PORT} -e cat /tmp/control", 30)
    wait_until(lambda: f":{CONTROL_PORT} " in t.dock.sh("netstat -ltn"),
               t.slow(5), "nc listens")
    t.tablet.sh(f"nc {t.dock.name} {CONTROL_PORT} < /dev/null > /tmp/control")
    job.wait()


@case("wire", check="6.1")
def wire(t):
    disk = t.plug("disk", 6)
    secrets = needles(t, disk)
    listed = t.cli_json(t.tablet, "list", "-r", "dock")["devices"]
    t.equal([one["busid"] for one in listed], [disk.busid], "devices")
    attachment = t.attach(disk, host="dock")
    node = attachment.node("/dev/sd")
    t.equal(t.sha256(t.tablet, node, 6), disk.sha256(), "sha256 of the disk")
    # And back again, so that the markers go in both directions.
    t.tablet.sh(f"dd if={node} of=/tmp/part bs=64k count=16 2>/dev/null && "
                f"dd if=/tmp/part of={node} bs=64k seek=32 conv=fsync "
                "2>/dev/null", 60)
    t.check(disk.sha256(0, MIB) == disk.sha256(2 * MIB, MIB),
            "what was written is on the disk of the dock")
    t.detach(attachment)
    t.wait_idle()
    control(t, secrets, disk)

    streams = pcap.streams(t.pcap.read_bytes())
    open_text = b"".join(stream for ports, stream in streams.items()
                         if CONTROL_PORT in ports)
    for what, needle in secrets.items():
        t.check(needle in open_text, f"the control shows the {what}")
    session = {ports: stream for ports, stream in streams.items()
               if 3240 in ports}
    t.check(any(ports[0] == 3240 and len(stream) > disk.size
                for ports, stream in session.items()) and
            any(ports[1] == 3240 and len(stream) > MIB
                for ports, stream in session.items()),
            "the capture holds what was read and what was written: "
            f"{ {ports: len(stream) for ports, stream in session.items()} }")
    for ports, stream in session.items():
        for what, needle in secrets.items():
            t.check(needle not in stream, f"{what} {needle} at byte "
                    f"{stream.find(needle)} from port {ports[0]} to "
                    f"{ports[1]}")
    others = sum(len(stream) for ports, stream in streams.items()
                 if 3240 not in ports and CONTROL_PORT not in ports)
    t.equal(others, 0, "bytes of other connections")
