# SPDX-License-Identifier: GPL-2.0
"""Paths, errors and waiting; used by every part of the bed."""
import os
import socket
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
BUILD = TOP / "build"
VM = TOP / "tests/vm"
BEGIN = time.monotonic()

# Emulated machines are slower by this much; set by accel.choose().
SLOW = 1.0

# How much longer a command in a VM may take; set by bed.Image.
PATIENCE = 1

# The host may be slower than usual by this factor, because it is old or busy: every
# deadline here is multiplied by it. Measured times are compared with their own limits,
# see Case.slow().
PACE = 3


class BedError(Exception):
    """The bed or one of its machines does not work."""


class CaseFailure(Exception):
    """A check of a case failed."""


class Skip(Exception):
    """The case cannot run here; the text says why."""


def say(text):
    print(f"# {text}", flush=True)


def debug(text):
    if os.environ.get("UT_VERBOSE"):
        print(f"# {time.monotonic() - BEGIN:7.2f} {text}", file=sys.stderr,
              flush=True)


def connect(path, deadline, what, check=None):
    """Connects to a Unix socket that QEMU may still have to make."""
    sock = socket.socket(socket.AF_UNIX)
    while True:
        try:
            sock.connect(str(path))
            return sock
        except OSError as err:
            if check:
                check()
            if time.monotonic() > deadline:
                raise BedError(f"no {what}: {err}") from err
            time.sleep(0.02)


def wait_until(condition, timeout, what, interval=0.1):
    """Polls until condition() is true; returns its value. timeout: in seconds,
    on a host of the usual speed."""
    timeout *= PACE
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            text = what() if callable(what) else what
            raise CaseFailure(f"not within {timeout:g} s: {text}")
        time.sleep(interval)
