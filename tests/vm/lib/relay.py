# SPDX-License-Identifier: GPL-2.0
"""The wire between the VMs: an Ethernet switch in a thread of the runner.

Each VM has a port, a unix socket that QEMU's "-netdev stream" connects to. In
its normal state the switch moves whole runs of frames and looks only at their
addresses. A case can cut a port, or set a filter that sees every frame and may
change, drop or add frames.
"""
import selectors
import socket
import threading
import time

from .common import PACE, BedError

# A frame for a port with more than this queued is lost, as in a switch.
QUEUE_LIMIT = 8 << 20
CHUNK = 1 << 18


class Port:
    def __init__(self, name, path):
        self.name = name
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.sock = None
        self.received = bytearray()
        self.out = bytearray()
        self.cut = False
        self.bytes = 0
        self.dropped = 0

    def drop_connection(self):
        if self.sock:
            self.sock.close()
        self.sock = None
        self.received.clear()
        self.out.clear()


class Relay:
    def __init__(self, directory):
        self.directory = directory
        self.lock = threading.RLock()
        self.selector = selectors.DefaultSelector()
        self.ports = {}
        self.table = {}
        self.filter = None
        self.error = None
        self.wake_read, self.wake_write = socket.socketpair()
        self.wake_read.setblocking(False)
        self.selector.register(self.wake_read, selectors.EVENT_READ, None)
        self.stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    # For the cases, which run in other threads than the switch.

    def add_port(self, name):
        """Returns the path of the unix socket for QEMU."""
        with self.lock:
            path = self.directory / f"net-{name}-{len(self.ports)}"
            port = Port(name, path)
            self.ports[name] = port
            self.selector.register(port.listener, selectors.EVENT_READ,
                                   ("accept", port))
        self._wake()
        return path

    def remove_port(self, name):
        with self.lock:
            port = self.ports.pop(name)
            self.selector.unregister(port.listener)
            port.listener.close()
            if port.sock:
                self.selector.unregister(port.sock)
            port.drop_connection()
            port.path.unlink(missing_ok=True)
            self.table = {mac: to for mac, to in self.table.items()
                          if to is not port}

    def cut(self, name, cut=True):
        """Loses every frame from and to a port; the VM is not told."""
        with self.lock:
            self.ports[name].cut = cut

    def set_filter(self, function):
        """function(port name, frame) returns the frames to send on instead:
        a list of frames, or of (port name, frame) for a given port. It runs in
        the thread of the switch. None takes the filter away."""
        with self.lock:
            self.filter = function

    def inject(self, to, frame):
        """Sends a frame to a VM."""
        with self.lock:
            self._send(self.ports[to], len(frame).to_bytes(4, "big") + frame)

    def traffic(self, name):
        """Bytes that a VM has sent."""
        with self.lock:
            return self.ports[name].bytes

    def close(self):
        self.stopping = True
        self._wake()
        self.thread.join(5)
        with self.lock:
            for name in list(self.ports):
                self.remove_port(name)
            self.selector.close()

    def check(self):
        if self.error:
            raise BedError(f"the relay died: {self.error!r}")

    # The switch itself.

    def _wake(self):
        self.wake_write.send(b"x")

    def _run(self):
        try:
            while not self.stopping:
                for key, events in self.selector.select(1):
                    with self.lock:
                        self._handle(key, events)
        except Exception as err:  # pylint: disable=broad-except
            self.error = err
            raise

    def _handle(self, key, events):
        if key.data is None:
            self.wake_read.recv(4096)
            return
        what, port = key.data
        if port.name not in self.ports or self.ports[port.name] is not port:
            return
        if what == "accept":
            self._accept(port)
            return
        if events & selectors.EVENT_WRITE:
            self._flush(port)
        if events & selectors.EVENT_READ and port.sock is key.fileobj:
            self._read(port)

    def _accept(self, port):
        sock = port.listener.accept()[0]
        if port.sock:
            self.selector.unregister(port.sock)
            port.drop_connection()
        sock.setblocking(False)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, 1 << 20)
        port.sock = sock
        self.selector.register(sock, selectors.EVENT_READ, ("data", port))

    def _lost(self, port):
        self.selector.unregister(port.sock)
        port.drop_connection()

    def _read(self, port):
        try:
            data = port.sock.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost(port)
            return
        port.bytes += len(data)
        port.received += data
        self._forward(port)

    def _forward(self, port):
        """Forwards all complete frames; those to one destination in one piece."""
        data = port.received
        start = run = 0
        target = None
        size = len(data)
        while start + 18 <= size:
            end = start + 4 + int.from_bytes(data[start:start + 4], "big")
            if end > size:
                break
            self.table[bytes(data[start + 10:start + 16])] = port
            if self.filter:
                self._filtered(port, bytes(data[start + 4:end]))
                start = run = end
                continue
            to = self.table.get(bytes(data[start + 4:start + 10]))
            if to is not target or not to:
                self._pass(port, target, data[run:start])
                target, run = to, start
            start = end
            if not to:
                self._pass(port, None, data[run:start])
                run = start
        self._pass(port, target, data[run:start])
        del data[:start]

    def _filtered(self, port, frame):
        for item in self.filter(port.name, frame):
            if isinstance(item, tuple):
                to, frame = self.ports[item[0]], item[1]
            else:
                to, frame = self.table.get(item[:6]), item
            self._pass(port, to, len(frame).to_bytes(4, "big") + frame)

    def _pass(self, source, to, data):
        if not data or source.cut:
            return
        if to:
            self._send(to, data)
            return
        for other in self.ports.values():
            if other is not source:
                self._send(other, data)

    def _send(self, port, data):
        if not port.sock or port.cut:
            return
        if port.out:
            if len(port.out) > QUEUE_LIMIT:
                port.dropped += len(data)
                return
            port.out += data
            return
        try:
            sent = port.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._lost(port)
            return
        if sent < len(data):
            port.out += data[sent:]
            self.selector.modify(port.sock, selectors.EVENT_READ |
                                 selectors.EVENT_WRITE, ("data", port))

    def _flush(self, port):
        try:
            sent = port.sock.send(port.out)
        except BlockingIOError:
            return
        except OSError:
            self._lost(port)
            return
        del port.out[:sent]
        if not port.out:
            self.selector.modify(port.sock, selectors.EVENT_READ,
                                 ("data", port))


def settle(relay, name, quiet, timeout):
    """Waits until a VM has sent nothing for a while; True if that happened."""
    deadline = time.monotonic() + timeout * PACE
    last, since = relay.traffic(name), time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(0.05)
        now = relay.traffic(name)
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since >= quiet:
            return True
    return False
