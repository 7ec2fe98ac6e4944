#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""make style: rules that all sources keep, checked in some seconds.

usage: check.py [WORD...]    only the rules with one of the words in their name

Prints TAP, a line for each place that breaks a rule, and at the end
"N passed, N failed". Each rule is also shown a mistake, and fails if it
overlooks it.

The layout of code is no rule: .clang-format says why.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))

# pylint: disable=wrong-import-position
import compile_commands  # noqa: E402

CODE_COLUMNS = 80
COMMENT_COLUMNS = 88

# Sources that no Makefile of ours compiles: a module, the agent of the machines, and
# what is linked into mutants.
NOT_BY_MAKE = {"tests/debug-kernel/provoke.c", "tests/vm/guest/agent.c",
               "tests/mutate/seen.c"}
SKIPPED_DIRS = {"build", "corpus", "__pycache__"}
SKIPPED = {"COPYING", "compile_commands.json"}
OBJECTS = (".o", ".d", ".ko", ".mod", ".mod.c", ".cmd", ".order", ".symvers",
           ".pyc")
# Files whose first lines have no room for a licence; debian/copyright has it.
NO_LICENCE = {"README", ".gitignore", "dkms.conf"}

# Not followed: what a script sources, as that is checked by itself. Allowed: a
# script for another shell in single quotes, and "for" over the words of a file.
SHELLCHECK = ("shellcheck", "-f", "gcc", "-e", "SC1090,SC1091,SC2013,SC2016")

QUOTED = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
# What is no code: comments, and in Python docstrings too.
TOKENS = {
    "c": re.compile(r"(/\*.*?\*/|//[^\n]*)|" + QUOTED, re.DOTALL),
    "sh": re.compile(r"((?:(?<=\s)|^)#[^\n]*)|" + QUOTED, re.MULTILINE),
    "py": re.compile(r'(""".*?"""|(?:(?<=\s)|^)#[^\n]*)|' + QUOTED,
                     re.MULTILINE | re.DOTALL),
}


class Source:
    """A file of the tree; its kind is c, sh, py, or whatever its name ends in."""

    def __init__(self, path, text):
        self.path = path
        self.name = path.rsplit("/", 1)[-1]
        self.text = text
        self.lines = text.split("\n")
        self.kind = self.find_kind()
        # Blanks in place of comments; of a quoted text only its quotes are left.
        self.code = text
        if self.kind in TOKENS:
            self.code = TOKENS[self.kind].sub(self.blank, text)
        self.code_lines = self.code.split("\n")

    def find_kind(self):
        if self.lines[0].startswith("#!"):
            program = self.lines[0].split("/")[-1]
            return "py" if "python" in program else \
                "sh" if program.endswith("sh") else program
        kinds = {"h": "c", "bash": "sh"}
        suffix = self.name.rsplit(".", 1)[-1]
        return kinds.get(suffix, suffix)

    @staticmethod
    def blank(match):
        text = match.group()
        if match.group(1):
            return re.sub(r"\S", " ", text)
        return text[0] + re.sub(r"\S", "s", text[1:-1]) + text[-1]


RULES = []


def rule(name, path, mistake):
    """For a function that yields (line, complaint) for a Source."""
    def keep(function):
        RULES.append((name, function, Source(path, mistake)))
        return function
    return keep


def width(line):
    return len(line.rstrip().expandtabs(8))


@rule("licence in the first line", "a.h", "// SPDX-License-Identifier: GPL-2.0\n")
def licence(s):
    if s.path.startswith("debian/") or s.name in NO_LICENCE or s.kind == "deps":
        return
    wanted = "SPDX-License-Identifier: GPL-2.0"
    if s.path.startswith("include/uapi/"):
        wanted += " WITH Linux-syscall-note"
    # The first line may have to say what reads the file.
    first = s.lines[re.match(r"#!|#compdef|<\?xml", s.text) is not None]
    if s.kind == "c":
        wanted = f"/* {wanted} */" if s.name.endswith(".h") else f"// {wanted}"
        if first == wanted:
            return
    elif re.search(re.escape(wanted) + "( -->)?$", first):
        return
    yield 1, f"no {wanted}"


@rule("lines end without blanks, files with one newline", "a", "a \n")
def ends(s):
    for n, line in enumerate(s.lines, 1):
        if line != line.rstrip():
            yield n, "ends in blanks"
    if s.text and (s.lines[-1] or s.text.endswith("\n\n")):
        yield len(s.lines), "does not end in one newline"


@rule("tabs indent C", "a.c", "        return 0;\n")
def tabs(s):
    for n, line in enumerate(s.lines if s.kind == "c" else [], 1):
        if re.match(r"\t* {8}| +\t", line):
            yield n, "blanks in place of a tab"


# A message stands in one piece, for whoever looks for it.
@rule(f"code ends by column {CODE_COLUMNS}", "a.c", "\t" + "x +" * 25 + " x;\n")
def code_columns(s):
    quote = '"' if s.kind == "c" else "\"'"
    for n, line in enumerate(s.code_lines if s.kind in TOKENS else [], 1):
        if width(line) > CODE_COLUMNS and not set(quote) & set(line):
            yield n, f"{width(line)} columns"


@rule(f"comments end by column {COMMENT_COLUMNS}", "a.h",
      "int a; /* " + "a" * COMMENT_COLUMNS + " */\n")
def comment_columns(s):
    if s.kind not in TOKENS:
        return
    for n, (line, code) in enumerate(zip(s.lines, s.code_lines), 1):
        if width(code) < width(line) > COMMENT_COLUMNS:
            yield n, f"{width(line)} columns"


@rule("no (void) for unused parameters", "a.c", "\t(void)arg;\n")
def unused(s):
    for n, line in enumerate(s.code_lines if s.kind == "c" else [], 1):
        if re.search(r"\(void\)\s*\w+\s*;", line):
            yield n, line.strip()


SIGNS = re.compile(r'[][(){}]|/\*|"[s\s]*"|\'[s\s]*\'|["\']')


# Of a file in which they are not, the other rules would see only half.
@rule("brackets, quotes and comments are closed", "a.c", "int a(void)\n{ b(']; }\n")
def closed(s):
    stack = []
    for n, line in enumerate(s.code_lines if s.kind == "c" else [], 1):
        for sign in SIGNS.findall(line):
            if sign in "([{":
                stack.append((n, sign))
            elif sign in ")]}":
                if not stack or stack.pop()[1] + sign not in ("()", "[]", "{}"):
                    yield n, f"{sign} closes nothing"
                    return
            elif sign in ('"', "'", "/*"):
                yield n, f"{sign} is not closed"
                return
    for n, sign in stack:
        yield n, f"{sign} is not closed"


@rule("only drivers/compat asks for the kernel's version", "drivers/core/a.c",
      "#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)\n")
def versions(s):
    if s.kind != "c" or s.path.startswith(("drivers/compat/", "tests/")):
        return
    for n, line in enumerate(s.code_lines, 1):
        if "LINUX_VERSION_CODE" in line:
            yield n, line.strip()


def of_rule(function, mistake, sources):
    found = [f"{s.path}:{n}: {text}" for s in sources for n, text in function(s)]
    if not list(function(mistake)):
        found.append("the rule overlooks a mistake")
    return found


def names_in_helper(sources):
    first = {}
    return [f"{s.path}: as {first[s.name]}" for s in sources
            if s.path.startswith("helper/") and s.kind == "c" and
            first.setdefault(s.name, s.path) != s.path]


def names(sources):
    found = names_in_helper(sources)
    if not names_in_helper([Source("helper/a/x.c", ""), Source("helper/b/x.c", "")]):
        found.append("the rule overlooks a mistake")
    return found


def compiled(sources):
    known = {entry["file"] for entry in compile_commands.programs()}
    return [f"{s.path}: not in it" for s in sources
            if s.name.endswith(".c") and s.path.startswith(("helper/", "tests/")) and
            s.path not in NOT_BY_MAKE and str(TOP / s.path) not in known]


def complaints_of(command, paths):
    done = subprocess.run([*command, *paths], cwd=TOP, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode:
        return done.stdout.splitlines() or [f"status {done.returncode}"]
    return []


def by_program(command, sources, suffix, mistake):
    """What a program complains of; it also has to see a mistake."""
    if not shutil.which(command[0]):
        return [f"{command[0]} is not installed; see tests/install-deps.sh"]
    found = complaints_of(command, [s.path for s in sources])
    with tempfile.NamedTemporaryFile("w", suffix=suffix) as file:
        file.write(mistake)
        file.flush()
        if not complaints_of(command, [file.name]):
            found.append(f"{command[0]} overlooks a mistake")
    return found


def tree():
    """All our files; without git, as there may be none."""
    for root, dirs, files in os.walk(TOP):
        dirs[:] = sorted(d for d in dirs if d not in SKIPPED_DIRS and
                         (d == ".ci" or d[0] != "."))
        for name in sorted(files):
            if name not in SKIPPED and name != ".git" and \
                    not name.endswith(OBJECTS):
                path = Path(root, name)
                yield Source(str(path.relative_to(TOP)), path.read_text("utf-8", "replace"))


def checks():
    """(name, function without arguments that returns complaints)"""
    sources = list(tree())
    scripts, python = ([s for s in sources if s.kind == kind]
                       for kind in ("sh", "py"))
    for name, function, mistake in RULES:
        yield name, lambda f=function, m=mistake: of_rule(f, m, sources)
    yield "names in helper stand once", lambda: names(sources)
    yield "compile_commands.json has every program", lambda: compiled(sources)
    yield "shellcheck", lambda: by_program(SHELLCHECK, scripts, ".sh",
                                           "#!/bin/sh\nrm $1\n")
    yield "pyflakes", lambda: by_program(("pyflakes3",), python, ".py",
                                         "import os\n")


def main():
    passed = failed = 0
    for name, check in checks():
        if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
            continue
        found = check()
        passed += not found
        failed += bool(found)
        print("not ok" if found else "ok", passed + failed, "-", name)
        for complaint in found:
            print("#", complaint)
        sys.stdout.flush()
    print(f"1..{passed + failed}\n{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
