# SPDX-License-Identifier: GPL-2.0
"""Certificates for the VMs, made by the project's own usbip-tls pki."""
import shutil
import subprocess

from .common import BUILD, BedError

# name: (CA, role, options). In the VMs: /pki/NAME/{ca,cert,key,crl}.pem
CERTIFICATES = {
    "dock": ("main", "dock", ["--address", "10.77.0.1",
                              "--address", "fd77::1"]),
    "dock2": ("main", "dock", ["--address", "10.77.0.1"]),
    "tablet": ("main", "tablet", []),
    "tablet2": ("main", "tablet", []),
    "revoked": ("main", "tablet", []),
    "expired": ("main", "tablet",
                ["--not-before", "2020-01-01", "--days", "10"]),
    "future": ("main", "tablet", ["--not-before", "2049-01-01"]),
    "dock-revoked": ("main", "dock", ["--address", "10.77.0.1"]),
    "dock-expired": ("main", "dock", ["--address", "10.77.0.1", "--not-before",
                                      "2020-01-01", "--days", "10"]),
    "dock-future": ("main", "dock", ["--address", "10.77.0.1", "--not-before",
                                     "2049-01-01"]),
    "dock-other-name": ("main", "dock", ["--address", "10.77.0.99"]),
    "stranger": ("other", "tablet", []),
    "dock-stranger": ("other", "dock", ["--address", "10.77.0.1"]),
}
REVOKED = ["revoked", "dock-revoked"]


def _pki(config, *argv):
    done = subprocess.run([str(BUILD / "usbip-tls"), "-c", str(config), "pki",
                           *map(str, argv)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise BedError(f"usbip-tls pki {' '.join(map(str, argv))}: "
                       f"{done.stdout}")


def make(directory):
    """Makes all certificates below directory/NAME; takes a second or two."""
    stores = {}
    # The host must not record any of this.
    config = directory / "pki.conf"
    config.write_text("[tls]\ncrl_state =\n")
    for ca in ("main", "other"):
        stores[ca] = directory / f"store-{ca}"
        shutil.rmtree(stores[ca], ignore_errors=True)
        _pki(config, "init", "--dir", stores[ca], "--name", f"usbip-tls test {ca}")
    for name, (ca, role, options) in CERTIFICATES.items():
        shutil.rmtree(directory / name, ignore_errors=True)
        _pki(config, "issue", "--dir", stores[ca], "--role", role, *options,
             "--out", directory / name, name)
    for name in REVOKED:
        _pki(config, "revoke", "--dir", stores["main"], name)
    for name, (ca, _, _) in CERTIFICATES.items():
        shutil.copy(stores[ca] / "crl.pem", directory / name / "crl.pem")
    return {f"/pki/{name}": directory / name for name in CERTIFICATES}


def issue(directory, name, role, *options):
    """Issues one more from the main CA; returns the directory of its files."""
    out = directory / name
    _pki(directory / "pki.conf", "issue", "--dir", directory / "store-main",
         "--role", role, *options, "--force", "--out", out, name)
    return out
