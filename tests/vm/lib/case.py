# SPDX-License-Identifier: GPL-2.0
"""What a case uses: the bed, the programs under test, checks."""
import json
import re
import shlex
import shutil

from . import common
from .common import BedError, CaseFailure, debug, wait_until

CONFIG = "/etc/usbip-tls/usbip-tls.conf"
MODULES = ["usbip_tls_core", "usbip_tls_host", "usbip_tls_vhci",
           "usbip_host", "vhci_hcd", "tls"]
DOCK = "10.77.0.1"


class Attachment:
    """A device of the dock that a tablet has attached."""

    def __init__(self, vm, answer):
        self.vm = vm
        self.answer = answer
        self.port = answer["port"]
        self.session = answer["session"]
        self.nodes = answer["nodes"]
        self.busid = answer["local_busid"]
        self.seconds = answer["attach_ms"] / 1000

    def node(self, prefix):
        """The first node with this beginning, "/dev/sd"."""
        found = [node for node in self.nodes if node.startswith(prefix)]
        if not found:
            raise CaseFailure(f"no {prefix}* among the nodes {self.nodes}")
        return found[0]


class Case:
    # pylint: disable=too-many-public-methods

    # Whether this is make check-all (run.py --all): a case that does something
    # many times, or in many ways, does all of it then, and a choice otherwise.
    all = False

    def __init__(self, name, bed):
        self.name = name
        self.bed = bed
        self.dock = bed.dock
        self.tablet = bed.tablet
        self.relay = bed.relay
        self.usb = bed.usb
        self.kernel_logs = {}
        self.files = {}
        self.base = {}
        self.omitted = []

    # Checks.

    @staticmethod
    def check(condition, text):
        if not condition:
            raise CaseFailure(text)

    @staticmethod
    def equal(got, want, text):
        if got != want:
            raise CaseFailure(f"{text}: got {got!r}, want {want!r}")

    @staticmethod
    def slow(seconds):
        """A limit for real machines, stretched for emulated ones."""
        return seconds * common.SLOW

    @staticmethod
    def note(text):
        common.say(f"  {text}")

    def left_out(self, why):
        """A part of the case cannot run here: it counts as skipped."""
        self.omitted.append(why)

    wait = staticmethod(wait_until)

    # Begin and end of a case.

    def prepare(self):
        """Starts clean: daemons with the usual configuration, no devices."""
        self.relay.check()
        for vm in self.bed.vms.values():
            self.watch(vm)
        qmp = self.dock.qmp
        self.pcap = self.bed.directory / f"{self.name}.pcap"
        if any(item["name"] == "dump0" for item in
               qmp.command("qom-list", path="/objects")):
            qmp.command("object-del", id="dump0")
        qmp.command("object-add", qom_type="filter-dump", id="dump0",
                    netdev="net0", file=str(self.pcap))
        self.start_daemon(self.dock)
        self.start_daemon(self.tablet)
        for vm in (self.dock, self.tablet):
            self.base[vm.name] = self.refcounts(vm)

    @staticmethod
    def watch(vm):
        """Clears the kernel log and traces the sessions from now on."""
        vm.sh("dmesg -c > /dev/null; cd /sys/kernel/tracing; "
              "echo 1 > events/usbip_tls/enable; echo > trace; "
              "rm -f /var/log/usbip-tlsd.log")

    def third(self):
        """Another tablet, for this case."""
        vm = self.bed.third()
        self.watch(vm)
        return vm

    def finish(self):
        """Ends a successful case: everything is given back."""
        self.relay.set_filter(None)
        for vm in self.bed.vms.values():
            if vm is not self.dock:
                self.detach_all(vm)
        self.wait_idle()
        self.usb.unplug_all()
        for vm in (self.dock, self.tablet):
            wait_until(lambda vm=vm: self.references_back(vm),
                       self.slow(10), lambda vm=vm:
                       f"{vm.name} gives its module references back: "
                       f"{self.refcounts(vm)}, before {self.base[vm.name]}")
            self.stop_daemon(vm)

    def wait_idle(self):
        """No session is left in any kernel."""
        for vm in self.bed.vms.values():
            wait_until(lambda vm=vm: not self.sessions(vm), self.slow(15),
                       lambda vm=vm: f"{vm.name} ends all its sessions: "
                       f"{self.sessions(vm)}")

    def collect(self):
        """Collects the kernel logs of the VMs that still answer."""
        for name, vm in self.bed.vms.items():
            if name in self.kernel_logs:
                continue
            try:
                self.kernel_logs[name] = vm.run("dmesg -c", 20).out
            except (BedError, CaseFailure, OSError) as err:
                self.kernel_logs[name] = vm.console_tail(400)
                self.files[f"{name}.lost"] = str(err)

    def collect_more(self):
        """Text that may explain a failure."""
        for name, vm in self.bed.vms.items():
            if f"{name}.lost" in self.files or f"{name}.log" in self.files:
                continue
            try:
                self.files[f"{name}.trace"] = vm.run(
                    "cat /sys/kernel/tracing/trace", 20).out
                self.files[f"{name}.state"] = vm.run(
                    "usbip-tls status; usbip-tls port; lsmod; ps; "
                    "netstat -tanp; free; ls /sys/bus/usb/devices", 20).out
                self.files[f"{name}.log"] = self.log(vm)
            except (BedError, CaseFailure, OSError) as err:
                self.files[f"{name}.lost"] = str(err)

    def keep(self, folder):
        """Saves everything that may explain a failure in a directory."""
        for name, text in self.kernel_logs.items():
            (folder / f"{name}.dmesg").write_text(text + "\n")
        for name, text in self.files.items():
            (folder / name).write_text(text + "\n")
        for name in ("dock", "tablet", "tablet2"):
            for path in self.bed.directory.glob(f"{name}.console"):
                shutil.copy(path, folder / path.name)
        if self.pcap.exists() and self.pcap.stat().st_size < 300 << 20:
            shutil.copy(self.pcap, folder / "wire.pcap")

    # Programs under test.

    @staticmethod
    def config(certificate, tls=(), dock=("auto_bind = no",), tablet=(),
               policy=("rule = allow",), discovery=("dns_sd = no",),
               plaintext=()):
        """Text of a configuration file with the certificate of /pki. By default
        everybody may have what a case binds by hand."""
        pki = f"/pki/{certificate}"
        sections = {
            "tls": [f"ca = {pki}/ca.pem", f"cert = {pki}/cert.pem",
                    f"key = {pki}/key.pem", f"crl = {pki}/crl.pem", *tls],
            "dock": list(dock), "tablet": list(tablet),
            "policy": list(policy), "discovery": list(discovery),
            "plaintext": list(plaintext)}
        return "".join(f"[{name}]\n" + "".join(f"{line}\n" for line in lines)
                       for name, lines in sections.items())

    def start_daemon(self, vm, config=None, keep_log=False, inside=""):
        """Starts usbip-tlsd in a VM and waits until it is up. inside: a
        command that runs another one in its environment."""
        role = "dock" if vm is self.dock else "tablet"
        vm.put(CONFIG, config or self.config(vm.name))
        vm.sh(f"setsid {inside} usbip-tlsd {role} -c {CONFIG} "
              f"{'>>' if keep_log else '>'} /var/log/usbip-tlsd.log 2>&1 "
              "< /dev/null & echo $! > /run/usbip-tlsd.pid")
        if role == "dock":
            wait_until(lambda: ":3240 " in vm.sh("netstat -ltn"),
                       self.slow(5), lambda: "usbip-tlsd listens: " +
                       self.log(vm))
        else:
            wait_until(lambda: self.daemon_alive(vm), self.slow(5),
                       lambda: "usbip-tlsd runs: " + self.log(vm))

    @staticmethod
    def daemon_alive(vm):
        return vm.run("kill -0 $(cat /run/usbip-tlsd.pid)").status == 0

    def stop_daemon(self, vm):
        """Sends SIGTERM, as a service manager does."""
        vm.sh("kill $(cat /run/usbip-tlsd.pid)")
        wait_until(lambda: not self.daemon_alive(vm), self.slow(5),
                   f"usbip-tlsd of {vm.name} ends after SIGTERM")

    def restart(self, vm, inside="", **config):
        """Restarts it with another configuration: see config()."""
        self.stop_daemon(vm)
        certificate = config.pop("certificate", vm.name)
        self.start_daemon(vm, self.config(certificate, **config),
                          inside=inside)

    def reload(self, vm, **config):
        """The same by SIGHUP, without a restart."""
        certificate = config.pop("certificate", vm.name)
        vm.put(CONFIG, self.config(certificate, **config))
        after = len(self.log(vm))
        vm.sh("kill -HUP $(cat /run/usbip-tlsd.pid)")
        self.wait_log(vm, "configuration and certificates reloaded",
                      after=after)

    def restart_dock(self, **config):
        self.restart(self.dock, **config)

    @staticmethod
    def log(vm):
        """The log of a VM's daemon."""
        return vm.run("cat /var/log/usbip-tlsd.log", 20).out

    def wait_log(self, vm, pattern, timeout=10, after=0):
        """Waits for a line in the daemon's log; returns the match."""
        return wait_until(
            lambda: re.search(pattern, self.log(vm)[after:], re.I | re.M),
            self.slow(timeout), lambda: f"the log of {vm.name} says "
            f"/{pattern}/; it says:\n{self.log(vm)[after:]}")

    @staticmethod
    def cli(vm, *argv, timeout=60, config=None):
        """Runs usbip-tls; returns the Result."""
        words = ["usbip-tls", *(["-c", config] if config else []),
                 *map(str, argv)]
        return vm.run(" ".join(map(shlex.quote, words)), timeout)

    def cli_json(self, vm, *argv, **kwargs):
        """Runs usbip-tls --json, which must succeed."""
        result = self.cli(vm, *argv, "--json", **kwargs)
        if result.status:
            raise CaseFailure(f"{vm.name}: usbip-tls {' '.join(map(str, argv))}"
                              f": exit {result.status}: {result.out}")
        answer = json.loads(result.out)
        self.equal(answer["schema"], 1, "schema of the JSON output")
        return answer

    def bind(self, device):
        """Shares a device of the dock."""
        result = self.cli(self.dock, "bind", "-b", device.busid)
        self.equal(result.status, 0, f"bind {device.name}: {result.out}")

    def attach(self, device, vm=None, host=DOCK, **kwargs):
        """Attaches a shared device; returns an Attachment."""
        vm = vm or self.tablet
        busid = device if isinstance(device, str) else device.busid
        answer = self.cli_json(vm, "attach", "-r", host, "-b", busid,
                               "-w", int(self.slow(10)), **kwargs)
        debug(f"attached {busid} in {answer['attach_ms']} ms")
        return Attachment(vm, answer)

    def plug(self, kind, *args, **kwargs):
        """Plugs a device into the dock and shares it."""
        device = getattr(self.usb, kind)(*args, **kwargs)
        self.bind(device)
        return device

    def detach(self, attachment):
        vm, port = attachment.vm, attachment.port
        result = self.cli(vm, "detach", "-p", port)
        self.equal(result.status, 0, f"detach of port {port}: {result.out}")
        self.wait_port_free(vm, port)

    def detach_all(self, vm):
        for port in self.ports(vm):
            result = self.cli(vm, "detach", "-p", port["port"])
            # A port in the state "error" is freed by itself.
            debug(f"detach {port['port']}: {result.status} {result.out}")
            self.wait_port_free(vm, port["port"])

    def wait_port_free(self, vm, port):
        wait_until(lambda: port not in [p["port"] for p in self.ports(vm)],
                   self.slow(15), lambda: f"port {port} of {vm.name} becomes "
                   f"free: {self.ports(vm)}")

    # State, as the programs and the kernel report it.

    def sessions(self, vm):
        return self.cli_json(vm, "status")["sessions"]

    def ports(self, vm):
        return self.cli_json(vm, "port")["ports"]

    def device_status(self, device):
        """"available", "used", ... of a device of the dock."""
        for one in self.cli_json(self.dock, "list", "-l")["devices"]:
            if one["busid"] == device.busid:
                return one["status"]
        return None

    def wait_status(self, device, status, timeout=10):
        wait_until(lambda: self.device_status(device) == status,
                   self.slow(timeout), lambda: f"{device.name} becomes "
                   f"{status}; it is {self.device_status(device)}")

    @staticmethod
    def refcounts(vm):
        text = vm.sh("cd /sys/module; for m in " + " ".join(MODULES) +
                     "; do [ -e $m/refcnt ] && echo $m $(cat $m/refcnt); "
                     "done; :")
        return dict(line.split() for line in text.splitlines())

    def references_back(self, vm):
        """No module has more references than at the beginning, when a
        connection that was just ending may have held one."""
        return all(int(count) <= int(self.base[vm.name].get(module, 0))
                   for module, count in self.refcounts(vm).items())

    @staticmethod
    def trace(vm):
        """Lines from our tracepoints since the case began."""
        text = vm.sh("cat /sys/kernel/tracing/trace")
        return [line for line in text.splitlines() if "usbip_tls_" in line]

    def closed(self, vm):
        """[(session id, reason, detail)] of all closed sessions, in order."""
        found = []
        for line in self.trace(vm):
            match = re.search(r"usbip_tls_session: id=(\d+) .* -> closed "
                              r"reason=(\S+) detail=(\d+)", line)
            if match:
                found.append((int(match.group(1)), match.group(2),
                              int(match.group(3))))
        return found

    def wait_closed(self, vm, session, timeout=10):
        """Waits until a session has closed; returns its reason."""
        return wait_until(
            lambda: next((reason for number, reason, _ in self.closed(vm)
                          if number == session), None),
            self.slow(timeout),
            lambda: f"session {session} of {vm.name} closes: "
            f"{self.closed(vm)}")

    def dock_session(self, busid):
        """The id of the open session for a device of the dock."""
        def find():
            return [s["id"] for s in self.sessions(self.dock)
                    if s["busid"] == busid and s["state"] != "closed"]
        return wait_until(find, self.slow(5),
                          f"the dock has a session for {busid}")[0]

    # Disks on the tablet.

    def sha256(self, vm, node, megabytes, skip=0, timeout=60):
        """Checksum of a block device, bypassing the page cache."""
        return vm.sh(f"echo 1 > /proc/sys/vm/drop_caches; dd if={node} bs=1M "
                     f"skip={skip} count={megabytes} 2>/dev/null | sha256sum",
                     timeout).split()[0]
