# SPDX-License-Identifier: GPL-2.0
"""KVM if it really works, otherwise TCG.

A /dev/kvm that opens may still hang every guest, so a VM is booted once with a
time limit; the answer is kept until this machine boots again.
"""
import os
import subprocess
import tempfile
import time
from pathlib import Path

from . import common, initramfs
from .common import debug, say

LIMIT = 20
TCG = ["-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max"]
KVM = ["-accel", "kvm", "-cpu", "host"]


def _answer_file():
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return Path(os.environ.get("XDG_RUNTIME_DIR", "/run")) / \
        f"usbip-tls-accel-{boot}"


def _kvm_works(vmlinux):
    """Boots a kernel with just an agent and waits for its first word."""
    with tempfile.TemporaryDirectory() as temp:
        cpio = initramfs.Cpio()
        cpio.directory("dev")
        cpio.device("/dev/console", 5, 1)
        cpio.device("/dev/ttyS0", 4, 64)
        cpio.file("init", initramfs.build_agent().read_bytes(), 0o755)
        image = Path(temp) / "initramfs"
        image.write_bytes(cpio.bytes())
        console = Path(temp) / "console"
        with subprocess.Popen(
                ["qemu-system-x86_64", "-M", "q35", "-nodefaults",
                 "-no-user-config", *KVM, "-m", "192", "-display", "none",
                 "-no-reboot", "-kernel", str(vmlinux), "-initrd", str(image),
                 "-append", "console=ttyS0 quiet panic=-1 -- /dev/ttyS0",
                 "-serial", f"file:{console}"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL) as qemu:
            try:
                deadline = time.monotonic() + LIMIT
                while time.monotonic() < deadline and qemu.poll() is None:
                    if console.exists() and b"READY" in console.read_bytes():
                        return True
                    time.sleep(0.1)
                return False
            finally:
                qemu.kill()


def choose(vmlinux):
    """Returns QEMU's options; sets common.SLOW."""
    wanted = os.environ.get("UT_ACCEL", "")
    if wanted not in ("kvm", "tcg"):
        wanted = _cached(vmlinux)
    common.SLOW = 1.0 if wanted == "kvm" else 3.0
    debug(f"accelerator: {wanted}")
    return KVM if wanted == "kvm" else TCG


def parameters(options):
    """Kernel parameters that go with QEMU's options."""
    if options is not TCG:
        return ""
    done = subprocess.run([str(initramfs.build_agent()), "--tsc-khz"],
                          stdout=subprocess.PIPE, text=True, check=True)
    return f"tsc_early_khz={done.stdout.strip()}"


def _cached(vmlinux):
    answer = _answer_file()
    if answer.exists():
        return answer.read_text().strip()
    works = False
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        works = _kvm_works(vmlinux)
        say(f"KVM {'works' if works else 'does not work'} here")
    text = "kvm" if works else "tcg"
    answer.write_text(text + "\n")
    return text
