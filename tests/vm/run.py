#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs cases in virtual machines.

usage: tests/vm/run.py [-k 6.1|6.12|debug]... [-l] [--check | --all] [--part N/M]
                       [--limit SECONDS] [CASE ...]

Without -k: 6.1 and 6.12; without CASE: all; with --check those of make check, and
it says which it leaves out. With --all a case does all it can, as make check-all
wants it, and not a choice of that. With --part only each Mth of them, from the Nth
on: who starts all M has run them all. -l lists the cases.

Prints TAP and ends with "N passed, N failed"; exits 1 if a case failed or none ran. A
case that failed leaves its logs and the capture of the wire in
build/vm-failures/KERNEL/CASE. UT_ACCEL=kvm|tcg sets the accelerator, UT_VERBOSE=1
shows every command in the VMs.
"""
import argparse
import os
import shutil
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
from lib import runner, vm  # noqa: E402
from lib.case import Case  # noqa: E402
from lib.common import PACE, TOP, BedError  # noqa: E402


def part(text):
    """Of "2/3": the second of three, as a slice."""
    number, parts = map(int, text.split("/"))
    if not 1 <= number <= parts:
        raise ValueError(text)
    return slice(number - 1, None, parts)


def parse():
    parser = argparse.ArgumentParser(add_help=True, usage=__doc__)
    parser.add_argument("-k", action="append", default=[], dest="kernels")
    parser.add_argument("-l", action="store_true", dest="list_only")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true")
    what.add_argument("--all", action="store_true")
    parser.add_argument("--part", type=part, default="1/1")
    parser.add_argument("--limit", type=int, default=4800)
    parser.add_argument("cases", nargs="*")
    return parser.parse_args()


def on_signal(number, _frame):
    vm.kill_all()
    for directory in runner.DIRECTORIES:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"# stopped by signal {number}")
    print("0 passed, 1 failed", flush=True)
    os._exit(1)


def main():
    args = parse()
    os.chdir(TOP)
    runner.load_cases()
    if args.list_only:
        print("\n".join(runner.CASES))
        return 0
    unknown = [name for name in args.cases if name not in runner.CASES]
    if unknown:
        print(f"run.py: no case {', '.join(unknown)}; there are: "
              f"{' '.join(runner.CASES)}", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM,
                   signal.SIGHUP):
        signal.signal(number, on_signal)
    # All of it takes twice as long, and more.
    signal.alarm(args.limit * PACE * (3 if args.all else 1))
    Case.all = args.all
    passed = failed = skipped = 0
    for kernel in args.kernels or runner.KERNELS:
        one = runner.Runner(kernel)
        try:
            one.run(runner.choose(args.cases, kernel, args.check)[args.part])
        except BedError as err:
            print(f"not ok - the bed on kernel {kernel}")
            for line in str(err).splitlines():
                print(f"#   {line}")
            one.failed += 1
        passed += one.passed
        failed += one.failed
        skipped += one.skipped
    tail = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {failed} failed{tail}", flush=True)
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
