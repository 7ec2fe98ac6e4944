#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The full-system case: our packages in two virtual machines with Debian 12.

usage: tests/system/run.py [--limit SECONDS] [--last STEP]

Prints TAP and ends with "N passed, N failed". What is left of a run that failed
is in build/system-failure. UT_ACCEL and UT_VERBOSE as for tests/vm/run.py; --last
ends after the step that this word is the name of.
"""
import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "vm")]

# pylint: disable=wrong-import-position
from lib import vm  # noqa: E402
from lib.common import BUILD, TOP, BedError, say  # noqa: E402
import full  # noqa: E402
import machines  # noqa: E402
import story  # noqa: E402

FAILURE = BUILD / "system-failure"


def parse():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--limit", type=int, default=1500)
    parser.add_argument("--last")
    return parser.parse_args()


def on_signal(number, _frame):
    """The time is up, or somebody wants an end."""
    vm.kill_all()
    say(f"stopped by signal {number}")
    print("0 passed, 1 failed", flush=True)
    os._exit(1)


def keep(directory, world):
    """Puts what may explain a failure into build/."""
    shutil.rmtree(FAILURE, ignore_errors=True)
    FAILURE.mkdir(parents=True)
    for path in directory.glob("*.console"):
        shutil.copy(path, FAILURE)
    for machine in world.machines.vms.values():
        if machine.alive():
            (FAILURE / f"{machine.name}.journal").write_bytes(machine.run(
                "journalctl -b --no-pager -o short-monotonic; systemctl "
                "--no-pager; usbip-tls status; usbip-tls port", 90).raw)
    say(f"consoles and journals: {FAILURE}")


def tell(directory):
    """Runs the case; returns the story."""
    started = time.monotonic()
    debs = Path(machines.output_of(HERE / "debs.sh"))
    later = next((debs / "later").glob("usbip-tls_*.deb"))
    image = machines.Image(debs / "now", later, directory)
    say(f"Debian with {image.release}, accelerator "
        f"{image.accel[1].split(',')[0]}, prepared in "
        f"{time.monotonic() - started:.0f} s")
    one = story.Story("full-system")
    pair = machines.Machines(image, directory)
    try:
        world = full.World(pair)
        pair.boot("dock", "tablet")
        if not one.tell(world):
            keep(directory, world)
    finally:
        pair.close()
    say(f"{time.monotonic() - started:.0f} s in all")
    return one


def main():
    args = parse()
    os.chdir(TOP)
    BUILD.mkdir(exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM,
                   signal.SIGHUP):
        signal.signal(number, on_signal)
    signal.alarm(args.limit)
    story.until(args.last)
    passed, failed = 0, 1
    with tempfile.TemporaryDirectory(prefix="ut-system-") as directory:
        try:
            one = tell(Path(directory))
            passed, failed = one.passed, one.failed
        except BedError as err:
            print("not ok - the machines of full-system")
            for line in str(err).splitlines():
                say(f"  {line}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
