# SPDX-License-Identifier: GPL-2.0
"""Both ends of "usbip-tls enroll", and an attacker on the wire between them."""
import re
import struct

from .attack import Attacker, Segment
from .common import wait_until

PORT = 3242
HANDSHAKE = 0x16
SERVER_RANDOM = 11
CODE = re.compile(r"^ +((?:[0-9A-Z]{4,}-?)+)$", re.M)
FILES = ("ca.pem", "cert.pem", "key.pem", "crl.pem", "key.pem.new",
         "cert.pem.new", "pki", "conf.d")


def forget(vm):
    """Restores the state before any enrolment."""
    vm.sh("cd /etc/usbip-tls && rm -rf " + " ".join(FILES))


class Offer:
    """A machine that shows a code; it runs until somebody has enrolled."""

    count = 0

    def __init__(self, t, *options, port=PORT, limit=150, vm=None):
        self.t = t
        self.port = port
        self.vm = vm or t.dock
        Offer.count += 1
        self.log = f"/tmp/enrol-{Offer.count}.log"
        self.job = self.vm.start(
            f"usbip-tls enroll --port {port} {' '.join(options)} "
            f"> {self.log} 2>&1 & echo $! > {self.log}.pid; wait $!", limit)
        self.code = wait_until(self._code, t.slow(10),
                               lambda: f"a code is shown: {self.text()}")

    def text(self):
        return self.vm.run(f"cat {self.log}").out

    def _code(self):
        found = CODE.search(self.vm.run(f"cat {self.log}").raw.decode())
        return found and found.group(1)

    def says(self, pattern):
        wait_until(lambda: re.search(pattern, self.text()), self.t.slow(10),
                   lambda: f"it says /{pattern}/: {self.text()}")

    def ends(self, status):
        """Waits until it ends, which must be with this exit code."""
        result = self.job.wait()
        self.t.equal(result.status, status, f"exit code: {self.text()}")

    def stop(self):
        self.vm.sh(f"kill $(cat {self.log}.pid)")
        self.ends(1)

    def wrong_code(self):
        """A different code with the same format."""
        first = "7" if self.code[0] != "7" else "8"
        return first + self.code[1:]


def enrol(t, code, port=PORT, vm=None, host="10.77.0.1", name="slate"):
    """Types the code; returns the Result."""
    vm = vm or t.tablet
    vm.sh("umask 077; cat > /tmp/code << END\n" + code + "\nEND")
    return t.cli(vm, "enroll", host, "--port", port, "--name", name,
                 "--code-file", "/tmp/code")


class Recorder(Attacker):
    """Passes everything on and keeps a copy."""

    def __init__(self, relay, **kwargs):
        self.bytes = b""
        super().__init__(relay, port=PORT, **kwargs)

    def act(self, segment, side):
        self.bytes += segment.payload


class Tamper(Attacker):
    """Flips one bit of the dock's first answer."""

    def __init__(self, relay, **kwargs):
        super().__init__(relay, port=PORT, **kwargs)

    def act(self, segment, side):
        payload = segment.payload
        if side != "dock" or len(payload) < 64 or payload[0] != HANDSHAKE:
            return None
        self.done = True
        segment.frame[segment.data + SERVER_RANDOM] ^= 1
        return [segment.finish()]


class Divert:
    """Connections to one port of the dock reach another without noticing."""

    def __init__(self, relay, dialled, real):
        self.relay = relay
        self.dialled = dialled
        self.real = real
        self.count = 0
        relay.set_filter(self._filter)

    def leave(self):
        self.relay.set_filter(None)

    def _filter(self, name, frame):
        if not Segment.fits(frame):
            return [frame]
        segment = Segment(frame)
        if name == "tablet" and segment.dest == self.dialled:
            self.count += 1
            struct.pack_into(">H", segment.frame, segment.tcp + 2, self.real)
        elif name == "dock" and segment.source == self.real:
            struct.pack_into(">H", segment.frame, segment.tcp, self.dialled)
        else:
            return [frame]
        return [segment.finish()]
