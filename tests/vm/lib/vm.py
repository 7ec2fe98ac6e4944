# SPDX-License-Identifier: GPL-2.0
"""One virtual machine."""
import atexit
import base64
import ctypes
import os
import shlex
import signal
import subprocess
import threading
import time

from . import common
from .common import BedError, CaseFailure, debug
from .qmp import Qmp

APPEND = ("console=ttyS0 panic=-1 quiet mitigations=off tsc=reliable "
          "no_timer_check cryptomgr.notests=1 random.trust_cpu=on "
          "net.ifnames=0 oops=continue")
BOOT_LIMIT = 120
_LIVE = set()
_LIBC = ctypes.CDLL(None)


def _die_with_parent():
    """For the child: QEMU must not outlive a runner that was killed."""
    _LIBC.prctl(1, signal.SIGKILL)


def kill_all():
    for vm in list(_LIVE):
        vm.kill()


atexit.register(kill_all)


class Result:
    """The result of a script in the VM."""

    def __init__(self, command, status, output):
        self.command = command
        self.status = status
        self.raw = output

    @property
    def out(self):
        return self.raw.decode(errors="replace").strip()


class Job:
    """A script that runs in the VM."""

    def __init__(self, vm, number, command, deadline):
        self.vm = vm
        self.number = number
        self.command = command
        self.deadline = deadline
        self.started = time.monotonic()
        self.ended = None
        self.result = None
        self.done = threading.Event()

    def running(self):
        return not self.done.is_set()

    def wait(self):
        """Returns the Result; CaseFailure if the script timed out."""
        while not self.done.wait(0.5):
            self.vm.check_alive()
            if time.monotonic() > self.deadline + 15:
                raise BedError(f"{self.vm.name}: the agent is silent about: "
                               f"{self.command}")
        if self.result is None:
            self.vm.check_alive()
            raise BedError(f"{self.vm.name}: lost: {self.command}")
        if self.result.status == 124:
            raise CaseFailure(f"{self.vm.name}: out of time: {self.command}\n"
                              f"{self.result.out}")
        return self.result

    @property
    def seconds(self):
        return (self.ended or time.monotonic()) - self.started


class VM:
    """Boots on construction; wait_boot() before the first command."""

    PROCESSORS = 2
    # Before each script.
    PROLOGUE = ". /etc/functions\n"

    # pylint: disable=too-many-instance-attributes,too-many-arguments
    def __init__(self, name, directory, kernel, initrd, accel, memory=320,
                 net=None, mac=None, append="", devices=()):
        self.name = name
        self.directory = directory
        self.console = directory / f"{name}.console"
        self.pcap = directory / f"{name}.pcap"
        self.jobs = {}
        self.number = 0
        self.lock = threading.Lock()
        self.booted = threading.Event()
        self.sock = None
        self.qmp = None
        agent = directory / f"{name}.agent"
        qmp = directory / f"{name}.qmp"
        argv = ["qemu-system-x86_64", "-M", "q35", "-nodefaults",
                "-no-user-config", *accel, "-smp", str(self.PROCESSORS), "-m", str(memory),
                "-display", "none", "-no-reboot", "-kernel",
                str(kernel), "-initrd", str(initrd),
                "-append", f"{APPEND} ut.name={name} {append}",
                "-chardev", f"file,id=console,path={self.console}",
                "-serial", "chardev:console",
                "-chardev", f"socket,id=agent,path={agent},server=on,wait=off",
                "-serial", "chardev:agent",
                "-qmp", f"unix:{qmp},server=on,wait=off"]
        if net:
            argv += ["-netdev", f"stream,id=net0,server=off,addr.type=unix,"
                     f"addr.path={net}",
                     "-device", f"virtio-net-pci,netdev=net0,mac={mac},"
                     "romfile="]
        argv += devices
        for path in (agent, qmp, self.console):
            path.unlink(missing_ok=True)
        self.log = open(directory / f"{name}.qemu", "ab")
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            preexec_fn=_die_with_parent)
        _LIVE.add(self)
        deadline = time.monotonic() + BOOT_LIMIT * common.PACE
        self.sock = common.connect(agent, deadline, f"agent socket {agent}",
                                   self.check_alive)
        threading.Thread(target=self._read, daemon=True).start()
        self.qmp = Qmp(qmp, deadline)

    def _read(self):
        """The reader thread: passes each answer to its job."""
        buffer = b""
        while True:
            try:
                data = self.sock.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                break
            buffer += data
            while b"\n" in buffer:
                head, rest = buffer.split(b"\n", 1)
                words = head.split()
                if words == [b"READY"]:
                    self.booted.set()
                    buffer = rest
                    continue
                if len(words) != 4 or words[0] != b"DONE":
                    buffer = rest
                    continue
                number, status, length = map(int, words[1:])
                if len(rest) < length:
                    break
                self._finish(number, status, rest[:length])
                buffer = rest[length:]
        for job in list(self.jobs.values()):
            job.done.set()

    def _finish(self, number, status, output):
        job = self.jobs.pop(number, None)
        if job:
            job.ended = time.monotonic()
            job.result = Result(job.command, status, output)
            job.done.set()

    def alive(self):
        return self.process.poll() is None

    def check_alive(self):
        if not self.alive():
            raise BedError(f"{self.name}: QEMU has ended\n{self.console_tail()}")

    def console_tail(self, lines=30):
        if not self.console.exists():
            return ""
        text = self.console.read_bytes().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def wait_boot(self, limit=BOOT_LIMIT):
        limit *= common.PACE
        deadline = time.monotonic() + limit
        while not self.booted.wait(0.2):
            self.check_alive()
            if time.monotonic() > deadline:
                raise BedError(f"{self.name} did not boot in {limit} s\n"
                               f"{self.console_tail()}")

    def start(self, command, timeout=30):
        """Starts a script; returns a Job."""
        timeout *= common.PATIENCE * common.PACE
        script = f"{self.PROLOGUE}{command}".encode()
        with self.lock:
            self.number += 1
            job = Job(self, self.number, command, time.monotonic() + timeout)
            self.jobs[self.number] = job
            debug(f"{self.name}$ {command}")
            self.sock.sendall(b"RUN %d %d %d\n" % (
                self.number, timeout * 1000, len(script)) + script)
        return job

    def run(self, command, timeout=30):
        """Runs a script; returns its Result whatever its status."""
        result = self.start(command, timeout).wait()
        debug(f"{self.name}: {result.status}: {result.out[:2000]}")
        return result

    def sh(self, command, timeout=30):
        """Runs a script that must succeed; returns its output."""
        result = self.run(command, timeout)
        if result.status:
            raise CaseFailure(f"{self.name}: status {result.status} from: "
                              f"{command}\n{result.out}")
        return result.out

    def put(self, path, data):
        """Writes a file in the VM."""
        data = data.encode() if isinstance(data, str) else data
        quoted = shlex.quote(path)
        self.sh(f"mkdir -p {shlex.quote(os.path.dirname(path))}; : > {quoted}")
        for start in range(0, len(data), 30000):
            text = base64.b64encode(data[start:start + 30000]).decode()
            self.sh(f"echo {text} | base64 -d >> {quoted}")

    def get(self, path, timeout=30):
        """Content of a file in the VM."""
        result = self.run(f"cat {shlex.quote(path)}", timeout)
        if result.status:
            raise CaseFailure(f"{self.name}: {result.out}")
        return result.raw

    def exists(self, path):
        return self.run(f"test -e {shlex.quote(path)}").status == 0

    def kill(self):
        _LIVE.discard(self)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for closable in (self.sock, self.qmp, self.log):
            if closable:
                closable.close()
