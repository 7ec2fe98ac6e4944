#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes compile_commands.json: how each C file of ours is compiled.

usage: compile_commands.py [MODULES KERNEL]     see make compile_commands.json

Programs and tests: what make would do. Modules: what the kernel's build has noted
beside the objects in MODULES, made with the headers in KERNEL. The sources there
are copies, so the paths are changed to those of the originals.
"""
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
# A file that several of them compile is taken from the first.
MAKES = (["helper"], ["tests/unit", "build"], ["tests/vm/peer"],
         ["tests/vm/tools"], ["tests/fuzz"])
COMPILER = re.compile(r"(.*[/-])?(gcc|clang|cc)(-\d+)?")


def entries(directory, command):
    """One for each source that the command compiles."""
    try:
        words = shlex.split(command)
    except ValueError:
        return
    if words[:1] == ["ccache"]:
        words.pop(0)
    if not words or not COMPILER.fullmatch(words[0]):
        return
    sources = [word for word in words if word.endswith(".c")]
    for source in sources:
        others = [word for word in sources if word != source]
        yield {
            "directory": str(directory),
            "file": str(Path(directory, source).resolve()),
            "arguments": [word for word in words if word not in others],
        }


def programs():
    for directory, *goals in MAKES:
        said = subprocess.run(["make", "-C", directory, "-nB", "V=1", *goals],
                              cwd=TOP, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, check=True).stdout
        for command in said.replace("\\\n", " ").splitlines():
            yield from entries(TOP / directory, command)


def modules(built, kernel):
    built = Path(built).resolve()
    for note in sorted(built.glob("drivers/**/.*.o.cmd")):
        command = note.read_text().split("\n", 1)[0].split(":=", 1)[1]
        yield from entries(Path(kernel).resolve(),
                           command.replace(f"{built}/", f"{TOP}/"))


def main():
    found = {}
    noted = modules(*sys.argv[1:]) if sys.argv[1:] else []
    for entry in [*programs(), *noted]:
        found.setdefault(entry["file"], entry)
    text = json.dumps(list(found.values()), indent=1)
    (TOP / "compile_commands.json").write_text(text + "\n")
    print(f"compile_commands.json: {len(found)} files")


if __name__ == "__main__":
    main()
