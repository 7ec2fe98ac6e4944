# SPDX-License-Identifier: GPL-2.0
"""Reads a capture of the wire: the byte streams of its TCP connections."""
import struct

from .attack import Segment

FILE_HEADER, PACKET_HEADER = 24, 16
MAGIC = 0xa1b2c3d4


def frames(data):
    """Ethernet frames of a pcap file."""
    if struct.unpack_from("<I", data)[0] != MAGIC:
        raise ValueError("not a capture in pcap format")
    offset = FILE_HEADER
    while offset + PACKET_HEADER <= len(data):
        length = struct.unpack_from("<I", data, offset + 8)[0]
        offset += PACKET_HEADER
        yield data[offset:offset + length]
        offset += length


def streams(data):
    """{(source port, destination port): bytes}, for TCP over IPv4."""
    first, parts = {}, {}
    for frame in frames(data):
        if not Segment.fits(frame):
            continue
        segment = Segment(frame)
        key = (segment.source, segment.dest)
        if segment.flags & 2:
            first[key] = segment.seq + 1
            parts[key] = bytearray()
        payload = segment.payload
        if key not in first or not payload:
            continue
        at = (segment.seq - first[key]) & 0xffffffff
        if at >= 1 << 31:
            continue    # from before the beginning
        stream = parts[key]
        if at > len(stream):
            stream.extend(bytes(at - len(stream)))
        stream[at:at + len(payload)] = payload
    return {key: bytes(stream) for key, stream in parts.items()}
