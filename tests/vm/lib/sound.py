# SPDX-License-Identifier: GPL-2.0
"""A tone to play, and the recording of it."""
import array
import math
import struct

RATE = 48000
TONE = 440
WINDOW = RATE // 100


def tone(seconds):
    """A WAV file, stereo, 16 bit."""
    period = [int(12000 * math.sin(2 * math.pi * TONE * i / RATE))
              for i in range(RATE)]
    samples = array.array("h")
    for i in range(int(seconds * RATE)):
        samples.extend((period[i % RATE],) * 2)
    data = samples.tobytes()
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " +
            struct.pack("<IHHIIHH", 16, 1, 2, RATE, RATE * 4, 4, 16) +
            b"data" + struct.pack("<I", len(data)) + data)


class Recording:
    """What QEMU's wav backend wrote: the tone, and silence around it."""

    def __init__(self, path):
        data = path.read_bytes()[44:]
        samples = array.array("h")
        samples.frombytes(data[:len(data) // 4 * 4])
        left = samples[::2]
        loud = [max(left[i:i + WINDOW], default=0) > 1000
                for i in range(0, len(left), WINDOW)]
        self.loud_windows = sum(loud)
        self.seconds = self.gap_seconds = self.frequency = 0.0
        if not self.loud_windows:
            return
        first = loud.index(True)
        last = len(loud) - 1 - loud[::-1].index(True)
        self.seconds = (last - first + 1) * WINDOW / RATE
        self.gap_seconds = loud[first:last + 1].count(False) * WINDOW / RATE
        part = left[first * WINDOW:(last + 1) * WINDOW]
        ups = sum(1 for a, b in zip(part, part[1:]) if a < 0 <= b)
        self.frequency = ups / (self.loud_windows * WINDOW / RATE)
