# SPDX-License-Identifier: GPL-2.0
"""Hints about where a dock might be: the real ones, and forged ones."""
import struct
import threading
import time

from .attack import checksum
from .common import wait_until

BEACON_PORT = 3240
BROADCAST = "10.77.0.255"
SERVICES = "/etc/avahi/services"


def start_bus(vm):
    """dbus-daemon and avahi-daemon, as in Debian."""
    vm.sh("mkdir -p /run/dbus /run/avahi-daemon && "
          "rm -f /run/dbus/* /run/avahi-daemon/* && "
          "tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id && "
          "dbus-daemon --system && avahi-daemon -D", 60)


def stop_bus(vm):
    vm.sh("avahi-daemon -k; kill $(pidof dbus-daemon); rm -f "
          f"{SERVICES}/*")
    wait_until(lambda: not vm.run("pidof dbus-daemon avahi-daemon").out, 10,
               f"{vm.name} ends avahi-daemon and dbus-daemon")


def publish(vm, services):
    """Announces services that do not exist: [(name, address, port, txt)]."""
    addresses = sorted({address for _, address, _, _ in services})
    host = {address: f"forged-{number}.local"
            for number, address in enumerate(addresses)}
    vm.put("/etc/avahi/hosts", "".join(
        f"{address} {name}\n" for address, name in host.items()))
    for number, (name, address, port, txt) in enumerate(services):
        records = "".join(f"<txt-record>{item}</txt-record>" for item in txt)
        vm.put(f"{SERVICES}/forged-{number}.service",
               f"<service-group><name>{name}</name><service>"
               f"<type>_usbip-tls._tcp</type><host-name>{host[address]}"
               f"</host-name><port>{port}</port>{records}</service>"
               "</service-group>\n")
    vm.sh("avahi-daemon -r")


def beacon(name=b"dock", port=3240, ident=b"RHBN", major=0, use_tls=1):
    """Packed as RemoteHub does."""
    return struct.pack(">4sIII64sHBI", ident, 0, major, 0, name, port,
                       use_tls, 0)


def address(text):
    return bytes(map(int, text.split(".")))


def frame(payload, source, target=BROADCAST):
    """An Ethernet broadcast frame with a UDP packet to the beacon's port."""
    udp = struct.pack(">HHHH", BEACON_PORT, BEACON_PORT, 8 + len(payload), 0)
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64,
                       17, 0, address(source), address(target))
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return b"\xff" * 6 + b"\x52\x54\x00\x66" + address(source)[2:] + \
        b"\x08\x00" + head + udp + payload


class Flood:
    """Keeps sending frames to a VM while its block runs: all of them, and then a pause
    of this many seconds, which leaves room for other frames."""

    def __init__(self, relay, to, frames, pause=0.01):
        self.relay = relay
        self.to = to
        self.frames = frames
        self.pause = pause
        self.sent = 0
        self.started = self.seconds = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.stopping.wait(self.pause):
            for one in self.frames:
                self.relay.inject(self.to, one)
            self.sent += len(self.frames)

    def __enter__(self):
        self.started = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        self.seconds = time.monotonic() - self.started
