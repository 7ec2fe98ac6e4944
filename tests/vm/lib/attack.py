# SPDX-License-Identifier: GPL-2.0
"""An attacker on the wire: changes, adds and swallows TCP segments.

An attacker is a filter of the relay. It follows one connection over IPv4 and
acts once, at a segment of its choice; it keeps the byte counts that a segment
of its own needs to be believed.
"""
import struct
import threading

from .common import wait_until

FIN, RST, ACK = 0x01, 0x04, 0x10
RECORD = b"\x17\x03\x03"
RECORD_HEADER = 5


def checksum(data):
    """The checksum of RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Segment:
    """A TCP segment in an Ethernet frame; nothing of it is checked."""

    def __init__(self, frame):
        self.frame = bytearray(frame)
        self.ip = 14
        self.tcp = self.ip + (frame[14] & 15) * 4
        total = struct.unpack_from(">H", frame, self.ip + 2)[0]
        self.end = self.ip + total
        self.source, self.dest, self.seq, self.ack = struct.unpack_from(
            ">HHII", frame, self.tcp)
        self.data = self.tcp + (frame[self.tcp + 12] >> 4) * 4
        self.flags = frame[self.tcp + 13]

    @staticmethod
    def fits(frame):
        return len(frame) >= 54 and frame[12:14] == b"\x08\x00" and \
            frame[23] == 6 and frame[20] & 0x3f == 0 and frame[21] == 0

    @property
    def payload(self):
        return bytes(self.frame[self.data:self.end])

    def next_seq(self):
        length = self.end - self.data
        length += bool(self.flags & FIN) + bool(self.flags & 2)
        return (self.seq + length) & 0xffffffff

    def finish(self):
        """The frame with right checksums."""
        frame = self.frame
        struct.pack_into(">H", frame, self.ip + 10, 0)
        struct.pack_into(">H", frame, self.ip + 10,
                         checksum(bytes(frame[self.ip:self.tcp])))
        struct.pack_into(">H", frame, self.tcp + 16, 0)
        pseudo = bytes(frame[self.ip + 12:self.ip + 20]) + struct.pack(
            ">HH", 6, self.end - self.tcp)
        struct.pack_into(">H", frame, self.tcp + 16, checksum(
            pseudo + bytes(frame[self.tcp:self.end])))
        return bytes(frame)

    def bare(self, flags, seq, ack):
        """A frame of our own in the same direction, without data."""
        other = Segment(bytes(self.frame[:self.tcp + 20]))
        struct.pack_into(">H", other.frame, self.ip + 2,
                         self.tcp - self.ip + 20)
        other.end = self.tcp + 20
        other.frame[other.tcp + 12] = 5 << 4
        other.frame[other.tcp + 13] = flags
        struct.pack_into(">II", other.frame, other.tcp + 4, seq, ack)
        return other.finish()


class Attacker:
    """Watches the connections to port 3240 and attacks one of them.

    client: the VM that dialled. act(segment, side): called for each segment of
    that connection, side "client" or "dock" says who has sent it; returns the
    frames that are to go on, or None to let it pass. "done" is set by act.
    """

    def __init__(self, relay, client="tablet", port=3240, client_port=None):
        self.relay = relay
        self.client = client
        self.port = port
        self.client_port = client_port
        self.lock = threading.Lock()
        self.seen = {}      # side -> last segment
        self.next = {}      # side -> what its peer expects next
        self.done = False
        self.swallow = False
        relay.set_filter(self._filter)

    def leave(self):
        self.relay.set_filter(None)

    def wait_done(self, timeout, what):
        wait_until(lambda: self.done, timeout, what)

    def _filter(self, _name, frame):
        if not Segment.fits(frame):
            return [frame]
        segment = Segment(frame)
        if self.port not in (segment.source, segment.dest):
            return [frame]
        side = "dock" if segment.source == self.port else "client"
        other = segment.dest if side == "dock" else segment.source
        if self.client_port not in (None, other):
            return [frame]
        with self.lock:
            return self._one(segment, side, frame)

    def _one(self, segment, side, frame):
        if self.swallow:
            return []
        frames = None if self.done else self.act(segment, side)
        self._follow(segment, side)
        return [frame] if frames is None else frames

    def _follow(self, segment, side):
        following = segment.next_seq()
        before = self.next.get(side, following)
        if (following - before) & 0x80000000 == 0:
            self.next[side] = following
        self.seen[side] = segment

    def act(self, segment, side):
        raise NotImplementedError


class BitFlip(Attacker):
    """Flips one bit of a record that this side sends."""

    def __init__(self, relay, side, least, **kwargs):
        self.side = side
        self.least = least
        super().__init__(relay, **kwargs)

    def act(self, segment, side):
        payload = segment.payload
        if side != self.side or len(payload) < self.least or \
                not payload.startswith(RECORD):
            return None
        self.done = True
        segment.frame[segment.data + RECORD_HEADER + 3] ^= 0x10
        return [segment.finish()]


class ResetBehindFin(Attacker):
    """Not an attack: a client that ends the connection while answers are on
    their way resets it, too. Here it does so at the same moment."""

    def act(self, segment, side):
        if side != "client" or not segment.flags & FIN:
            return None
        self.done = True
        return [segment.finish(),
                segment.bare(RST | ACK, segment.next_seq(), segment.ack)]


class Cutter(Attacker):
    """Ends the connection on both sides with a segment of its own, in the
    middle of the data, and lets nothing more through."""

    def __init__(self, relay, flags, least, **kwargs):
        self.own_flags = flags
        self.least = least
        super().__init__(relay, **kwargs)

    def act(self, segment, side):
        if side != "dock" or len(segment.payload) < self.least or \
                "client" not in self.seen:
            return None
        self.done = True
        self.swallow = True
        self._follow(segment, side)
        return [segment.finish(), *self._both(self.own_flags, 0)]

    def _both(self, flags, offset):
        """A segment from each side, with the number that will be accepted."""
        return [self.seen[side].bare(
            flags, (self.next[side] + offset) & 0xffffffff, self.next[other])
            for side, other in (("dock", "client"), ("client", "dock"))]

    def abort(self):
        """Resets both ends, which are waiting for an answer to what we swallowed."""
        after_fin = 1 if self.own_flags & FIN else 0
        to_client, to_dock = self._both(RST | ACK, after_fin)
        self.relay.inject(self.client, to_client)
        self.relay.inject("dock", to_dock)
