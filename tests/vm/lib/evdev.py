# SPDX-License-Identifier: GPL-2.0
"""Input events on a tablet."""
import struct

from .common import wait_until

EV_KEY, EV_REL, EV_ABS = 1, 2, 3
KEYS = {"u": 22, "s": 31, "b": 48, "i": 23, "p": 25, "t": 20, "l": 38,
        "ret": 28}
BTN_LEFT = 0x110


class Recorder:
    """Records the events of a node in a file of the VM."""

    def __init__(self, vm, node):
        self.vm = vm
        self.file = "/tmp/events-" + node.rsplit("/", 1)[1]
        self.job = vm.start(f"rm -f {self.file}; exec cat {node} > "
                            f"{self.file}", timeout=120)
        wait_until(lambda: node in vm.run(
            "ls -l /proc/[0-9]*/fd 2>/dev/null").out, 20,
            f"{node} is being read")

    def events(self):
        """[(type, code, value)]"""
        data = self.vm.run(f"cat {self.file}").raw
        size = struct.calcsize("qqHHi")
        return [struct.unpack_from("qqHHi", data, offset)[2:]
                for offset in range(0, len(data) - size + 1, size)]

    def pressed(self):
        """Codes of the keys pressed so far, in order."""
        return [code for kind, code, value in self.events()
                if kind == EV_KEY and value == 1]

    def last(self, kind, code):
        values = [value for k, c, value in self.events()
                  if k == kind and c == code]
        return values[-1] if values else None


def type_keys(qmp, text):
    """Presses and releases keys on the dock's keyboard, one by one."""
    for key in text:
        qmp.command("send-key", keys=[{"type": "qcode", "data": key}],
                    hold_time=40)


def wait_typed(qmp, recorder, keys, timeout):
    """Types and waits for exactly these keys on the tablet."""
    want = [KEYS[key] for key in keys]
    for done, key in enumerate(keys):
        type_keys(qmp, [key])
        wait_until(lambda n=done: len(recorder.pressed()) > n, timeout,
                   lambda key=key: f"key {key} arrives; so far: {recorder.events()}")
    return recorder.pressed() == want
