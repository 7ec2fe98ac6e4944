# SPDX-License-Identifier: GPL-2.0
"""Steps of a case that is one story: each step needs the ones before it."""
import time
import traceback

from lib.common import BedError, CaseFailure, say

STEPS = []


class TooSlow(CaseFailure):
    """The step succeeded, but late: the story goes on."""


def step(text):
    """Declares a step; they run in the order of the file."""
    def declare(function):
        STEPS.append((text, function))
        return function
    return declare


def until(name):
    """Leaves out the steps after this one; None: no step."""
    names = [function.__name__ for _, function in STEPS]
    if name and name not in names:
        raise SystemExit(f"no step {name}; there are {' '.join(names)}")
    if name:
        del STEPS[names.index(name) + 1:]


class Story:
    """Tells the steps as TAP. After one that failed the rest is not told, but
    for one that was only too slow."""

    def __init__(self, name):
        self.name = name
        self.passed = self.failed = 0

    def _result(self, ok, text, note):
        self.passed += ok
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.passed + self.failed} - "
              f"{self.name}: {text} # {note}", flush=True)

    @staticmethod
    def _problem(function, world):
        """Runs a step; returns what went wrong, and whether the story ends there."""
        try:
            function(world)
        except TooSlow as err:
            return str(err), False
        except (CaseFailure, BedError) as err:
            line = next(frame.lineno for frame in
                        traceback.extract_tb(err.__traceback__)
                        if frame.name == function.__name__)
            return f"line {line}: {err}", True
        except Exception:  # pylint: disable=broad-except
            return traceback.format_exc(), True
        return None, False

    def tell(self, world):
        """Returns whether all is well."""
        for number, (text, function) in enumerate(STEPS):
            started = time.monotonic()
            problem, over = self._problem(function, world)
            self._result(not problem, text,
                         f"{time.monotonic() - started:.1f} s")
            for line in (problem or "").splitlines()[:60]:
                say(f"  {line}")
            if over:
                for later, _ in STEPS[number + 1:]:
                    self._result(False, later, "not reached")
                break
        return not self.failed
