# SPDX-License-Identifier: GPL-2.0
"""QEMU Machine Protocol, one command at a time."""
import json
import time

from .common import PACE, BedError, connect


class Qmp:
    def __init__(self, path, deadline):
        self.buffer = b""
        self.events = []
        self.sock = connect(path, deadline, f"QMP socket {path}")
        self._message(deadline)
        self.command("qmp_capabilities")

    def close(self):
        self.sock.close()

    def _message(self, deadline):
        while b"\n" not in self.buffer:
            self.sock.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self.sock.recv(65536)
            except TimeoutError as err:
                raise BedError("QEMU does not answer") from err
            if not data:
                raise BedError("QEMU closed its QMP socket")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def command(self, execute, /, timeout=20, **arguments):
        """Runs a command; arguments by keyword, "_" for "-"."""
        deadline = time.monotonic() + timeout * PACE
        request = {"execute": execute}
        if arguments:
            request["arguments"] = {key.replace("_", "-"): value
                                    for key, value in arguments.items()}
        self.sock.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._message(deadline)
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise BedError(f"QMP {execute}: {answer['error']['desc']}")
            elif "return" in answer:
                return answer["return"]

    def wait_event(self, name, timeout=20, **data):
        """Waits for an event whose data holds these values."""
        deadline = time.monotonic() + timeout * PACE
        while True:
            for event in self.events:
                if event["event"] == name and all(
                        event.get("data", {}).get(key) == value
                        for key, value in data.items()):
                    self.events.remove(event)
                    return event
            answer = self._message(deadline)
            if "event" in answer:
                self.events.append(answer)
