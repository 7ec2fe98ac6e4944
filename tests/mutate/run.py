#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""make mutate: do the unit tests notice a mistake in the code?

usage: run.py [-n N] [--seed S] [--tree DIR] [--json FILE] [--work DIR] [FOLDER ...]

Makes N changes in each folder of helper and in include/wire, one at a time, and
runs the unit tests that call the changed function. Prints a table of what the tests
noticed, and each change that they did not. Wants to be root.

    -n N         changes for each folder (5)
    --seed S     another number: other changes (1)
    --tree DIR   of another checkout, also of an older one
    --json FILE  what came out, written after each change; a run that was cut goes
                 on from there, and so does one with a larger N
    --work DIR   keep what is built for the next run of the same tree; not in /tmp

Documentation/testing says how it is done and what the result means.
"""
import argparse
import json
import os
import random
import signal
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import places
from mutant import Copy, Mutant, cpu_since, key_of

TOP = Path(__file__).resolve().parents[2]
VALID = ("killed", "survived", "unclear")
KINDS = (*VALID, "not compiled", "same code")


def folders_of(tree):
    """The sources of each folder, from the top of the tree."""
    found = {}
    for file in sorted([*tree.glob("helper/*/*.[ch]"),
                        *tree.glob("include/wire/*.h")]):
        found.setdefault(file.parent.name, []).append(
            str(file.relative_to(tree)))
    return {name: found[name] for name in sorted(found)}


def draw(tree, folders, args, results):
    """A place in each folder after the other, until each has enough."""
    tried = {(folder, m["draw"]) for folder in results for m in results[folder]}
    drawn = {}
    for folder, files in folders.items():
        drawn[folder] = [place for file in files for place in
                         places.places(file, (tree / file).read_text())]
        random.Random(f"{args.seed} {folder}").shuffle(drawn[folder])
    for n in range(args.n):
        for folder in folders:
            done = results[folder]
            for number, place in enumerate(drawn[folder]):
                if sum(m["result"] in VALID for m in done) > n:
                    break
                if (folder, number) not in tried:
                    tried.add((folder, number))
                    yield done, number, place


def try_place(copy, number, place):
    start = os.times()
    for _ in range(3):
        mutant = Mutant(copy, place)
        result, test = mutant.outcome()
        if result != "unclear":
            break
    line, before, after = places.shown(mutant.text, place)
    return {"draw": number, "file": place.file, "line": line,
            "before": before, "after": after, "operator": place.operator,
            "result": result, "test": test, "cpu": round(cpu_since(start), 1),
            "seconds": round(os.times().elapsed - start.elapsed)}


def shown(m):
    return f"{m['file']}:{m['line']}: {m['before']} -> {m['after']}"


def report(results):
    print("folder      " + "".join(f"{kind:>14}" for kind in KINDS))
    counts = {folder: Counter(m["result"] for m in done)
              for folder, done in results.items()}
    counts["total"] = sum(counts.values(), Counter())
    for folder, count in counts.items():
        print(f"{folder:12}" + "".join(f"{count[kind]:14}" for kind in KINDS))
    for kind in VALID[1:]:
        print(f"\n{kind}:")
        for done in results.values():
            for m in done:
                if m["result"] == kind:
                    print(shown(m))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tree", type=Path, default=TOP)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("folders", nargs="*")
    args = parser.parse_args()
    tree = args.tree.resolve()
    folders = folders_of(tree)
    if os.geteuid():
        sys.exit("run.py: must be root")
    if set(args.folders) - set(folders):
        sys.exit(f"run.py: the folders are {' '.join(folders)}")
    results = {folder: [] for folder in folders}
    state = {"key": key_of(tree), "seed": args.seed}
    if args.json and args.json.exists():
        old = json.loads(args.json.read_text())
        if {name: old[name] for name in state} != state:
            sys.exit(f"run.py: {args.json} is of another tree or seed")
        # What was unclear may be clear now.
        results = {folder: [m for m in done if m["result"] != "unclear"]
                   for folder, done in old["folders"].items()}
    if args.folders:
        folders = {name: folders[name] for name in args.folders}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("run.py: stopped"))
    with nullcontext(args.work) if args.work else \
            TemporaryDirectory(prefix="mutate-", dir="/var/tmp") as work:
        copy = Copy(tree, Path(work).resolve())
        for done, number, place in draw(tree, folders, args, results):
            done.append(try_place(copy, number, place))
            m = done[-1]
            print(f"# {m['result']}, {m['cpu']} s, {m['test']}: {shown(m)}",
                  file=sys.stderr, flush=True)
            if args.json:
                state["folders"] = results
                new = args.json.with_suffix(".new")
                new.write_text(json.dumps(state, indent=1) + "\n")
                new.rename(args.json)
    report({name: results[name] for name in folders})
    return 0


if __name__ == "__main__":
    sys.exit(main())
