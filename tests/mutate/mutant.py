# SPDX-License-Identifier: GPL-2.0
"""A copy of the tree that is built and tested with one change at a time."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import places

COPIED = ("dkms.conf", "helper", "include", "tests/unit", "Documentation")
# No test is too slow before that many seconds; one that takes longer than so many is
# given twice its time. In the first run each has as long as make check-unit gives it.
SHORTEST = 20
LONGEST = 200
FIRST = 900

# Room for a note about each function, see seen.c.
SEEN_SIZE = 16 << 20

# In the place of the compiler: as the tests have it, but without what only takes
# time or stops at a warning, and with a note of each function that is called. Also
# notes what it is called with.
COMPILER = """#!/bin/bash
here=${0%/*}
args=(gcc -w -fno-inline -fno-ipa-icf -finstrument-functions)
for arg; do
	case $arg in -g | -Werror) ;; *) args+=("$arg") ;; esac
done
case " $* " in *" -c "*) ;; *) args+=("$here/seen.o") ;; esac
printf '%s\\0' "$PWD" "${args[@]}" $'\\n' >> "$here/log"
exec "${args[@]}"
"""
# A thin archive only names its objects: a new object needs no new archive.
ARCHIVER = """#!/bin/bash
printf '%s\\0' "$PWD" ar -o "${@:2}" $'\\n' >> "${0%/*}/log"
exec ar rcsT "${@:2}"
"""
# Where a mistake does no harm: with processes, a network, and a /tmp, /run and /etc of
# its own; the rest can only be read; and it is the first to go when memory runs out.
CAGE = """echo 1000 > /proc/self/oom_score_adj
set -e
mount --bind "$1" "$1"
shift
for dir in /mnt /run /tmp; do
	mount -t tmpfs -o size=1g none $dir
done
mkdir /mnt/upper /mnt/work
mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work none /etc
mount -o remount,bind,ro /
mount -o remount,bind,ro /sys
ip link set lo up
exec "$@"
"""
UNSHARE = ("unshare", "--mount", "--pid", "--ipc", "--net", "--fork",
           "--mount-proc", "--kill-child", "sh", "-c", CAGE, "cage")
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
         "stderr": subprocess.DEVNULL}


def cpu_since(start):
    return max(0.01, sum(os.times()[:4]) - sum(start[:4]))


def key_of(tree):
    """Another one for each tree that differs in what is copied."""
    key = hashlib.sha256()
    files = [file for name in COPIED
             for file in [tree / name, *(tree / name).rglob("*")]]
    for file in sorted(file for file in files if file.is_file()):
        key.update(f"{file.relative_to(tree)}\n".encode())
        key.update(hashlib.sha256(file.read_bytes()).digest())
    return key.hexdigest()


def clear(program):
    """Room for the functions that are called in a program; none is yet."""
    with open(f"{program}.seen", "wb") as file:
        file.truncate(SEEN_SIZE)
        os.fchmod(file.fileno(), 0o666)


def seen(program):
    """The functions that were called."""
    found = set()
    data = Path(f"{program}.seen").read_bytes()
    said = subprocess.run(["nm", "--defined-only", program], text=True,
                          check=True, stdout=subprocess.PIPE).stdout
    for line in said.splitlines():
        address, kind, name = line.split()
        if kind in "tTwW" and data[int(address, 16)]:
            # GCC calls its own variants of a function NAME.WHAT.
            found.add(name.split(".")[0])
    return sorted(found)


class Copy:
    """A copy of the tree, its programs and tests, and how each of them is made."""

    def __init__(self, tree, work):
        self.work = work
        self.top = work / "tree"
        self.made = {}     # file: directory, command
        self.depend = {}   # source: objects
        self.inputs = {}   # program: objects
        self.slow = 1      # how often another has the processor
        work.mkdir(parents=True, exist_ok=True)
        key = key_of(tree)
        self.note = work / "ready.json"
        self.ready = json.loads(self.note.read_text()) \
            if self.note.exists() else {}
        if self.ready.get("key") != key:
            self.note.unlink(missing_ok=True)
            self.build(tree)
            self.ready = {"key": key, "tests": {}}
            self.note.write_text(json.dumps(self.ready))
        # Left by a run that was cut.
        for path in self.top.rglob("*.orig"):
            path.rename(path.with_suffix(""))
        self.read_log()
        self.tests = self.ready["tests"]
        self.first_run()

    def build(self, tree):
        shutil.rmtree(self.top, ignore_errors=True)
        (self.work / "log").unlink(missing_ok=True)
        self.top.mkdir()
        subprocess.run(["cp", "-r", "--parents", "-t", self.top, *COPIED],
                       cwd=tree, check=True)
        for name, text in ("cc", COMPILER), ("ar", ARCHIVER):
            (self.work / name).write_text(text)
            (self.work / name).chmod(0o755)
        subprocess.run(["gcc", "-O2", "-c", "-o", self.work / "seen.o",
                        Path(__file__).with_name("seen.c")], check=True)
        # The variables of a make that called us are not for this one.
        env = {name: value for name, value in os.environ.items()
               if name not in ("MAKEFLAGS", "MFLAGS", "T", "N")}
        for what in ["tests/unit", "build"], ["helper", "SAN=1"]:
            subprocess.run(["make", "-s", f"CC={self.work}/cc",
                            f"AR={self.work}/ar", "-C", *what], cwd=self.top,
                           env=env, stdin=subprocess.DEVNULL,
                           stdout=sys.stderr, check=True)

    def read_log(self):
        log = (self.work / "log").read_text()
        for entry in log.split("\n\0")[:-1]:
            directory, *command = entry.split("\0")[:-1]
            if "-o" in command:
                out = Path(directory, command[command.index("-o") + 1])
                # What depends on what is known by then.
                self.made[str(out)] = directory, [
                    word for word in command if word not in ("-MMD", "-MP")]
        for out, (directory, command) in self.made.items():
            if "-c" in command:
                rule = Path(out).with_suffix(".d").read_text()
                rule = rule.replace("\\\n", " ").split("\n", 1)[0]
                for source in rule.split(":", 1)[1].split():
                    source = os.path.normpath(Path(directory, source))
                    self.depend.setdefault(source, set()).add(out)
            elif command[0] != "ar":
                self.inputs[out] = self.objects(out)

    def objects(self, out):
        """Those that a program or an archive is made of."""
        directory, command = self.made[out]
        found = set()
        for word in command[command.index("-o") + 2:]:
            path = str(Path(directory, word))
            if word.endswith(".a") and path in self.made:
                found |= self.objects(path)
            elif word.endswith(".o"):
                found.add(path)
        return found

    def first_run(self):
        """Of each test: how long it takes and which functions it calls."""
        unit = self.top / "build/unit"
        tests = {out for out in self.inputs if Path(out).parent == unit}
        for test in sorted(tests - set(self.tests)):
            programs = {test, *self.inputs} - (tests - {test})
            for program in programs:
                clear(program)
            start = time.monotonic()
            if not self.run(test, FIRST):
                sys.exit(f"run.py: {test} fails without a change")
            self.tests[test] = {
                "seconds": time.monotonic() - start,
                "seen": {program: seen(program) for program in programs
                         if os.stat(f"{program}.seen").st_blocks}}
            self.note.write_text(json.dumps(self.ready))
            for program in programs:
                os.unlink(f"{program}.seen")

    def run(self, test, seconds):
        """Runs a test as make check-unit does: whether it passes."""
        unit = self.top / "tests/unit"
        env = dict(os.environ, UNIT_TIMEOUT=str(int(seconds)))
        with subprocess.Popen([*UNSHARE, self.top, unit / "run.sh", test],
                              cwd=unit, env=env, **QUIET) as process:
            try:
                return process.wait(seconds + 10) == 0
            except subprocess.TimeoutExpired:
                return False
            finally:
                process.kill()


class Mutant:
    """The copy with one change, for as long as it takes."""

    def __init__(self, copy, place):
        self.copy = copy
        self.place = place
        self.path = copy.top / place.file
        self.text = self.path.read_text()
        self.objects = copy.depend.get(str(self.path), set())
        self.aside = []

    def put_aside(self, path):
        os.rename(path, f"{path}.orig")
        self.aside.append(path)

    def make(self, files):
        """Makes files anew; whether that could be done."""
        for out in set(files) - set(self.aside):
            self.put_aside(out)
            directory, command = self.copy.made[out]
            start = os.times()
            done = subprocess.run(command, cwd=directory, check=False, **QUIET,
                                  env=dict(os.environ, CCACHE_DISABLE="1"))
            if done.returncode:
                return False
            # A compiler waits for nothing else.
            seconds = os.times().elapsed - start.elapsed
            self.copy.slow = max(1, seconds / cpu_since(start))
        return True

    def same_code(self):
        return self.objects and all(
            Path(out).read_bytes() == Path(f"{out}.orig").read_bytes()
            for out in self.objects)

    def nearness(self, test):
        """How likely a test is the one for the changed file."""
        name = Path(test).name
        near = 2 * (self.path.stem in name)
        header = f"{self.path.parent.name}/{self.path.stem}."
        for file in (self.copy.top / "tests/unit").glob(f"{name}.*"):
            near += header in file.read_text()
        return near

    def reached(self):
        """Tests that can notice, and what they need; the likely ones first."""
        function = places.function_at(self.text, self.place.start)
        tests = self.copy.tests
        for test in sorted(tests, key=lambda test: (
                -self.nearness(test), tests[test]["seconds"])):
            need = {program for program, names in tests[test]["seen"].items()
                    if self.objects & self.copy.inputs[program] and
                    (not function or function in names)}
            if need:
                yield test, need

    def outcome(self):
        """What came out, and the test that failed."""
        try:
            self.put_aside(self.path)
            self.path.write_text(self.text[:self.place.start] + self.place.new +
                                 self.text[self.place.end:])
            if not self.make(self.objects):
                return "not compiled", None
            tests = list(self.reached())
            # What nobody calls of a header is in no object.
            if self.same_code() and (tests or self.path.suffix == ".c"):
                return "same code", None
            for test, need in tests:
                seconds = self.copy.tests[test]["seconds"]
                if not self.make(need):
                    return "not compiled", None
                limit = max(SHORTEST, 10 * seconds) * self.copy.slow
                limit = max(2 * seconds, min(LONGEST, limit))
                if not self.copy.run(test, limit):
                    break
            else:
                return "survived", None
        finally:
            while self.aside:
                path = self.aside.pop()
                os.replace(f"{path}.orig", path)
        # On a busy machine it may be that the test fails without the change, too.
        passes = self.copy.run(test, limit)
        return "killed" if passes else "unclear", Path(test).name
