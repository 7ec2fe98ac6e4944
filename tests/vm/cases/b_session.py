# SPDX-License-Identifier: GPL-2.0
"""The kernel's sessions alone, both ends in one machine, without a helper."""
import re

from lib.case import wait_until
from lib.runner import case

MIB = 1 << 20
# usbip's name for the speed of a high-speed device.
HIGH_SPEED = 3
PORT = 0
# As ut-loop and as status call them.
CIPHERS = {"aes-gcm-128": "aes-128-gcm", "aes-gcm-256": "aes-256-gcm",
           "chacha20-poly1305": "chacha20-poly1305"}


def alone(c):
    """A disk of the dock, bound to usbip-host, and the tablet's side on the dock."""
    c.dock.sh("modprobe -a vhci_hcd usbip_tls_vhci")
    disk = c.plug("disk", 4)
    path = f"/sys/bus/usb/devices/{disk.busid}"
    disk.devid = int(c.dock.sh(f"cat {path}/busnum")) << 16 | \
        int(c.dock.sh(f"cat {path}/devnum"))
    return disk


def attach(c, disk, cipher, version):
    """Attaches the dock's disk to the dock itself; returns its node."""
    c.equal(c.dock.run(f"ut-loop attach {disk.busid} {disk.devid} {HIGH_SPEED} "
                       f"{PORT} {cipher} {version}").out, "", "ut-loop attach")
    return wait_until(lambda: node(c), c.slow(15), "a disk appears")


def node(c):
    return c.dock.run("for d in /sys/block/sd*; do case $(readlink $d) in "
                      "*vhci_hcd*) echo /dev/${d##*/};; esac; done; :").out


def detach(c, disk):
    c.dock.sh(f"echo {PORT} > /sys/devices/platform/vhci_hcd.0/detach")
    settled(c, disk)


def settled(c, disk):
    wait_until(lambda: not node(c), c.slow(15), "the disk goes")
    c.wait_idle()
    c.wait_status(disk, "available", 15)


def forget(c):
    """Back to a dock only; fails if something still holds a module."""
    c.dock.sh("rmmod usbip_tls_vhci vhci_hcd")


@case("session-new", check="both")
def session_new(c):
    """Every errno of SESSION_NEW and SESSION_DEL."""
    disk = alone(c)
    result = c.dock.run(f"ut-loop errors {disk.busid} {disk.devid}")
    c.equal((result.status, result.out), (0, ""), "what ut-loop finds wrong")
    c.wait_idle()
    c.dock.sh("rmmod usbip_tls_vhci")
    result = c.dock.run(f"ut-loop attach {disk.busid} {disk.devid} "
                        f"{HIGH_SPEED} {PORT} aes-gcm-128 13")
    c.equal(result.status, 1, "attach without usbip_tls_vhci")
    c.check("usbip_tls_vhci" in result.out or "not loaded" in result.out,
            f"the missing module is named: {result.out}")
    settled(c, disk)
    c.dock.sh("rmmod vhci_hcd")


@case("ciphers", check="both")
def ciphers(c):
    """Each cipher in both versions of TLS carries a disk."""
    disk = alone(c)
    for cipher, name in CIPHERS.items():
        for version in (12, 13):
            block = attach(c, disk, cipher, version)
            c.equal({(s["cipher"], s["tls_version"])
                     for s in c.sessions(c.dock)},
                    {(name, f"1.{version - 10}")}, "what status tells")
            c.equal(c.sha256(c.dock, block, disk.size // MIB), disk.sha256(),
                    f"the disk over {cipher}, TLS 1.{version - 10}")
            detach(c, disk)
    forget(c)


@case("record-limit", check="both")
def record_limit(c):
    """A key that is used up is announced, then ends its session."""
    disk = alone(c)
    limit = 1_500_000
    parameter = "/sys/module/usbip_tls_core/parameters/gcm_block_limit"
    usual = c.dock.sh(f"cat {parameter}")
    listener = c.dock.start("ut-loop events > /tmp/events; :", 240)
    wait_until(lambda: "listening" in events(c), c.slow(5), "the listener")
    c.dock.sh(f"echo {limit} > {parameter}")
    block = attach(c, disk, "aes-gcm-128", 13)
    c.dock.sh(f"echo {usual} > {parameter}")

    reader = c.dock.start(f"while dd if={block} of=/dev/null bs=64k count=16 "
                          "iflag=direct; do :; done; :", 200)
    end = wait_until(lambda: re.search(
        r"^closed id=(\d+) .* reason=14 .*tx=(\d+) rx=(\d+)", events(c), re.M),
        c.slow(60), lambda: f"the key is used up: {events(c)}")
    reader.wait()
    # A record is kept back for the close, and a PDU goes out as a whole or not at
    # all: 64 KiB and a header are 4099 blocks in five records.
    pdu = 4099 + 2 * 5
    used = max(int(end.group(2)), int(end.group(3)))
    c.check(limit - pdu - 8 <= used < limit,
            f"it protects the blocks it may, less a record for the close: {end[0]}")
    due = re.search(rf"^keys-due id=(\d+) .*tx=(\d+) rx=(\d+) limit={limit}$",
                    events(c), re.M)
    c.check(due and events(c).index(due[0]) < events(c).index(end[0]),
            f"the announcement comes first: {events(c)}")
    c.check(limit * 7 // 8 <= max(map(int, due.groups()[1:])) < limit - pdu,
            f"at seven eighths: {due[0]}")
    # One end sends what the other receives: either may see it first.
    reasons = sorted(reason for _, reason, _ in c.closed(c.dock))
    c.check(reasons in (["peer-closed", "record-limit"],
                        ["record-limit", "record-limit"]),
            f"reasons of the two ends: {reasons}")
    settled(c, disk)

    block = attach(c, disk, "chacha20-poly1305", 13)
    c.equal({s["block_limit"] for s in c.sessions(c.dock)}, {0},
            "limit of ChaCha20-Poly1305")
    detach(c, disk)

    # 4 KiB reads and small records count by their size.
    block = attach(c, disk, "aes-gcm-128", 13)
    c.dock.sh(f"dd if={block} of=/dev/null bs=4k count=200 iflag=direct", 60)
    for s in c.sessions(c.dock):
        c.equal(s["block_limit"], 24296003999, "the usual limit")
        for way in ("tx", "rx"):
            records, size = s[f"{way}_records"], s[f"{way}_bytes"]
            # The few records before the session count as full.
            usual = size // 16 + 2 * records
            c.check(usual <= s[f"{way}_blocks"] <= usual + 2 * 1025,
                    f"{way}: {records} records of {size} bytes in all are "
                    f"{s[f'{way}_blocks']} blocks")
    detach(c, disk)
    c.dock.sh("killall ut-loop")
    listener.wait()
    forget(c)


def events(c):
    return c.dock.run("cat /tmp/events").out
