#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The full-system case: our packages in two virtual machines with Debian.

usage: tests/system/run.py [--dock 12|13] [--tablet 12|13] [--limit SECONDS]
                           [--last STEP]

Which Debian a machine has: 12, if nothing else is said. Prints TAP and ends with
"N passed, N failed". What is left of a run that failed is in build/system-failure.
UT_ACCEL and UT_VERBOSE as for tests/vm/run.py; --last ends after the step that this
word is the name of.
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
from lib.common import BUILD, PACE, TOP, BedError, say  # noqa: E402
import full  # noqa: E402
import machines  # noqa: E402
import story  # noqa: E402

FAILURE = BUILD / "system-failure"


def parse():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in machines.NAMES:
        parser.add_argument(f"--{name}", choices=("12", "13"), default="12")
    parser.add_argument("--limit", type=int, default=2400)
    parser.add_argument("--last")
    return parser.parse_args()


def on_signal(number, _frame):
    """The time is up, or the run was interrupted."""
    vm.kill_all()
    say(f"stopped by signal {number}")
    print("0 passed, 1 failed", flush=True)
    os._exit(1)


def keep(directory, world):
    """Saves what may explain a failure in build/."""
    shutil.rmtree(FAILURE, ignore_errors=True)
    FAILURE.mkdir(parents=True)
    for path in directory.glob("*.console"):
        shutil.copy(path, FAILURE)
    for machine in world.machines.vms.values():
        if machine.alive():
            (FAILURE / f"{machine.name}.journal").write_bytes(machine.run(
                "journalctl --no-pager -o short-precise; systemctl "
                "--no-pager; usbip-tls status; usbip-tls port", 90).raw)
    say(f"consoles and journals: {FAILURE}")


def tell(numbers, directory):
    """Runs the case; returns the story. numbers: {name: Debian}"""
    started = time.monotonic()
    images = {number: machines.Image(number, directory)
              for number in sorted(set(numbers.values()))}
    for number, image in images.items():
        say(f"Debian {number} with {image.release}, accelerator "
            f"{image.accel[1].split(',')[0]}")
    say(f"prepared in {time.monotonic() - started:.0f} s")
    one = story.Story("full-system " + ", ".join(
        f"{name} {number}" for name, number in numbers.items()))
    pair = machines.Machines({name: images[number]
                              for name, number in numbers.items()}, directory)
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
    signal.alarm(args.limit * PACE)
    story.until(args.last)
    passed, failed = 0, 1
    with tempfile.TemporaryDirectory(prefix="ut-system-") as directory:
        try:
            one = tell({name: getattr(args, name) for name in machines.NAMES},
                       Path(directory))
            passed, failed = one.passed, one.failed
        except BedError as err:
            print("not ok - the machines of full-system")
            for line in str(err).splitlines():
                say(f"  {line}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
