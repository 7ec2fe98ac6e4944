# SPDX-License-Identifier: GPL-2.0
"""Runs cases and prints TAP."""
import contextlib
import fcntl
import importlib
import pkgutil
import shutil
import tempfile
import threading
import time
import traceback
from pathlib import Path

from . import common, kernlog
from .bed import Bed, Image
from .case import Case
from .common import BUILD, BedError, CaseFailure, Skip, say

CASES = {}
KERNELS = ("6.1", "6.12")
DIRECTORIES = []
LOCKS = "/run/lock/usbip-tls-vm.{}.lock"
# Two slots, and what tests/check.sh does beside the machines.
TURNS = ("rest", "0", "1")


def take(lock):
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def turn(alone, debug):
    """Two cases at a time on this machine, whoever runs them; one if it is to
    be alone, because it is about time. One that waits to be alone keeps others
    from coming in. Those of the debug kernel take long, and have long limits: they
    keep nobody else waiting, and wait for nobody else."""
    with contextlib.ExitStack() as stack:
        rest, *locks = [
            stack.enter_context(open(LOCKS.format(
                f"debug-{name}" if debug else name), "w", encoding="ascii"))
            for name in TURNS]
        if alone:
            for lock in (rest, *locks):
                fcntl.flock(lock, fcntl.LOCK_EX)
        else:
            while not any(map(take, locks)):
                time.sleep(0.2)
        yield


class Entry:
    def __init__(self, name, function, options):
        self.name = name
        self.function = function
        self.boot = options.pop("boot", "")
        # Nobody else needs machines that were booted like this.
        self.fresh = options.pop("fresh", False) or bool(self.boot)
        self.limit = options.pop("limit", 240)
        self.alone = options.pop("alone", False)
        self.debug = options.pop("debug", None)
        self.check = options.pop("check", "6.12")
        if self.check not in (*KERNELS, "both", "all"):
            raise TypeError(f"case {name}: no such choice: {self.check}")
        if options:
            raise TypeError(f"case {name}: no such option: {options}")


def case(name, **options):
    """Declares a case. fresh: it wants VMs no case has used, and spoils them;
    boot: the same, with these kernel parameters; limit: seconds it may take on
    emulated machines that are as fast as usual; alone: no other case may run
    beside it; debug: True: it tests the debug kernel and is no case of the others,
    False: it is no case of that; check: on which kernel make check runs it, "6.1",
    "6.12" (the default), "both", for what is different there, or "all": only make
    check-all, which runs each on both, and where it may do more: see Case.all."""
    def declare(function):
        CASES[name] = Entry(name, function, options)
        return function
    return declare


def choose(names, kernel, check=False):
    """The named cases, or all that are meant for a kernel; check: the choice of
    make check, which is said. Those that have to be alone come last, when nobody
    has to wait for them."""
    if names:
        return [CASES[name] for name in names]
    entries = [entry for entry in CASES.values()
               if entry.debug is None or entry.debug == (kernel == "debug")]
    if check:
        left = [entry.name for entry in entries
                if entry.check not in (kernel, "both")]
        entries = [entry for entry in entries if entry.name not in left]
        say(f"kernel {kernel}: make check leaves to make check-all: "
            f"{' '.join(left) or 'nothing'}")
    return sorted(entries, key=lambda entry: entry.alone)


def load_cases():
    """Imports tests/vm/cases/*.py in the order of their names."""
    package = importlib.import_module("cases")
    for module in sorted(info.name for info in
                         pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"cases.{module}")


class Runner:
    def __init__(self, kernel, keep=False):
        self.kernel = kernel
        self.keep = keep
        self.directory = Path(tempfile.mkdtemp(prefix="ut-vm-"))
        DIRECTORIES.append(self.directory)
        self.failures = BUILD / "vm-failures" / kernel
        self.image = None
        self.bed = None
        self.beds = 0
        self.count = self.passed = self.failed = self.skipped = 0

    def run(self, entries):
        """Returns the number of failures."""
        for entry in entries:
            shutil.rmtree(self.failures / entry.name, ignore_errors=True)
        try:
            started = time.monotonic()
            self.image = Image(self.kernel, self.directory)
            self.image.build()
            say(f"kernel {self.image.release}, accelerator "
                f"{self.image.accel[1].split(',')[0]}, "
                f"prepared in {time.monotonic() - started:.0f} s")
            for entry in entries:
                with turn(entry.alone, self.image.debug):
                    self._one(entry)
            self._drop_bed()
        finally:
            self._drop_bed(broken=True)
            shutil.rmtree(self.directory, ignore_errors=True)
        print(f"1..{self.count}")
        return self.failed

    def _result(self, ok, name, note=""):
        self.count += 1
        if ok:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}{note}",
              flush=True)

    def _drop_bed(self, broken=False):
        if not self.bed:
            return
        if self.image.debug and not broken:
            self._leaks()
        self.bed.close()
        self.bed = None

    def _get_bed(self, entry):
        if self.bed and entry.fresh:
            self._drop_bed()
        if not self.bed:
            self.beds += 1
            self.bed = Bed(self.image, self.directory / f"b{self.beds}",
                           entry.boot)
        return self.bed

    def _one(self, entry):
        started = time.monotonic()
        context, problem, skip = None, None, None
        try:
            context = Case(entry.name, self._get_bed(entry))
            self._limited(entry, context)
        except Skip as reason:
            skip = str(reason)
        except (CaseFailure, BedError) as err:
            problem = self._where(err) + str(err)
        except Exception:  # pylint: disable=broad-except
            problem = traceback.format_exc()
        seconds = time.monotonic() - started
        problem = self._finish(entry, context, problem)
        if skip and not problem:
            self.skipped += 1
            self.count += 1
            print(f"ok {self.count} - {entry.name} # SKIP {skip}", flush=True)
            return
        self._result(not problem, f"{entry.name} ({self.kernel})",
                     f" # {seconds:.1f} s")
        for why in context.omitted if context else ():
            self.skipped += 1
            print(f"# SKIP a part of {entry.name}: {why}", flush=True)
        if problem:
            if context:
                context.collect_more()
            self._report(entry, context, problem)
        if problem or entry.fresh:
            self._drop_bed(broken=bool(problem))
        elif "tablet2" in self.bed.vms:
            self.bed.drop("tablet2")

    @staticmethod
    def _where(err):
        """File and line of the case that failed."""
        for frame in reversed(traceback.extract_tb(err.__traceback__)):
            if "/cases/" in frame.filename:
                return f"{Path(frame.filename).name}:{frame.lineno}: "
        return ""

    def _limited(self, entry, context):
        """Runs the case; kills the VMs when its time is up, which ends it."""
        late = threading.Event()

        def stop():
            late.set()
            context.collect()
            context.collect_more()
            for vm in list(self.bed.vms.values()):
                vm.process.kill()

        limit = entry.limit * common.PACE * (3 if self.image.debug else 1)
        timer = threading.Timer(limit, stop)
        timer.start()
        try:
            context.prepare()
            entry.function(context)
            context.finish()
        except Exception as err:
            if late.is_set():
                raise BedError(f"took longer than {limit} s") from err
            raise
        finally:
            timer.cancel()

    def _finish(self, entry, context, problem):
        """Collects the logs; a bad line in one of them is a problem too."""
        if not context:
            return problem
        context.collect()
        bad = []
        for name, text in context.kernel_logs.items():
            bad += [f"{name}: {line}" for line in kernlog.trouble(text)]
        if bad:
            text = "in the kernel log:\n" + "\n".join(bad[:20])
            problem = f"{problem}\n{text}" if problem else text
        elif entry.name in CASES and self.bed.relay.error:
            problem = f"{problem or ''}\nrelay: {self.bed.relay.error!r}"
        return problem

    def _report(self, entry, context, problem):
        folder = self.failures / entry.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "problem.txt").write_text(problem + "\n")
        if context:
            context.keep(folder)
        for line in problem.splitlines()[:40]:
            print(f"#   {line}")
        print(f"#   logs and capture: {folder}", flush=True)

    def _leaks(self):
        """Debug kernel: asks kmemleak before the machines end."""
        found = []
        for vm in self.bed.vms.values():
            # An object must be found unreferenced by two scans.
            vm.sh("for i in 1 2 3; do echo scan > /sys/kernel/debug/kmemleak;"
                  " done", 240)
            text = vm.sh("cat /sys/kernel/debug/kmemleak", 60)
            if text:
                found.append(f"{vm.name}:\n{text}")
        self._result(not found, "no memory leak (debug)")
        for line in "\n".join(found).splitlines()[:60]:
            print(f"#   {line}")
