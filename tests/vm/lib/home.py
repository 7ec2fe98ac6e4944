# SPDX-License-Identifier: GPL-2.0
"""A CA on the dock, and certificates from it in their usual places; for cases
that revoke and renew, which must not spoil the certificates of other cases."""
import re

from .case import CONFIG
from .enrol import forget

DIR = "/etc/usbip-tls"
PKI = f"{DIR}/pki"
FILES = ("ca.pem", "crl.pem", "cert.pem", "key.pem")


def _section(name, lines):
    return "".join(f"{line}\n" for line in (f"[{name}]", *lines))


class Home:
    """Puts the files where the programs look for them by default."""

    def __init__(self, t, *init):
        self.t = t
        for vm in (t.dock, t.tablet):
            t.stop_daemon(vm)
            forget(vm)
        self.pki("init", *init)
        self.give(t.dock, "dock", "--address", "10.77.0.1")
        self.give(t.tablet, "tablet")

    def pki(self, *words):
        return self.t.dock.sh("usbip-tls pki " + " ".join(map(str, words)))

    def give(self, vm, name, *options):
        """Issues a new certificate for a machine, in place of the old one. Returns
        its serial number."""
        t = self.t
        role = "dock" if vm is t.dock else "tablet"
        out = f"/tmp/out-{name}"
        said = self.pki("issue", "--role", role, *options, "--force", "--out",
                        out, name)
        if vm is t.dock:
            t.dock.sh(f"cd {out} && mv {' '.join(FILES)} {DIR}")
        else:
            for file in FILES:
                self.bring(f"{out}/{file}", vm, f"{DIR}/{file}")
        t.dock.sh(f"rm -rf {out}")
        return re.search(r"serial number ([0-9a-f]+)", said).group(1)

    def bring(self, path, vm, to):
        """As scp and mv do."""
        vm.put(f"{to}.part", self.t.dock.get(path))
        vm.sh(f"chmod 600 {to}.part && mv {to}.part {to}")

    def start(self, vm, tls=(), enroll=(), keep_log=False):
        dock = vm is self.t.dock
        self.t.start_daemon(vm, _section("tls", tls) + (
            _section("dock", ["auto_bind = yes"]) +
            _section("policy", ["rule = allow"]) if dock else
            _section("tablet", ["dock = dock", "attach = allow dock=dock",
                                "retry_min = 1", "retry_max = 2"])) +
            _section("discovery", ["dns_sd = no"]) +
            _section("enroll", enroll), keep_log)

    def serial(self, vm):
        """The serial number of a machine's latest certificate."""
        name = "dock" if vm is self.t.dock else "tablet"
        found = [one for one in self.t.cli_json(
            self.t.dock, "pki", "show")["certificates"] if one["name"] == name]
        return max(found, key=lambda one: one["not_before"])["serial"]

    def leave(self):
        """Cleans up, however the case ended."""
        for vm in (self.t.dock, self.t.tablet):
            forget(vm)
            vm.sh(f"rm -f {CONFIG}")
