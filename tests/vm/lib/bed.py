# SPDX-License-Identifier: GPL-2.0
"""The pair: a dock, a tablet, the wire between them; more VMs on demand."""
import concurrent.futures
import contextlib
import fcntl
import subprocess
from pathlib import Path

from . import accel, common, initramfs, pki, sound
from .common import BUILD, TOP, VM as VM_DIR, BedError, debug, say
from .relay import Relay
from .usb import Ports
from .vm import VM

ADDRESSES = {
    "dock": ("10.77.0.1", "fd77::1"),
    "tablet": ("10.77.0.2", "fd77::2"),
    "tablet2": ("10.77.0.3", "fd77::3"),
}
MACS = {"dock": "52:54:00:77:00:01", "tablet": "52:54:00:77:00:02",
        "tablet2": "52:54:00:77:00:03"}
BOOT_TRIES = 3
HOSTS = """127.0.0.1 localhost
::1 localhost
10.77.0.1 dock
fd77::1 dock
10.77.0.2 tablet
fd77::2 tablet
"""


def _kernels(*argv):
    done = subprocess.run([str(VM_DIR / "kernels.py"), *argv], text=True,
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          check=False)
    if done.returncode:
        raise BedError(f"kernels.py {' '.join(argv)} failed")
    return done.stdout.strip()


class Image:
    """Kernel and initramfs for all VMs of a run."""

    def __init__(self, kernel, directory):
        self.name = kernel
        self.home = Path(_kernels("path", kernel))
        self.release = _kernels("release", kernel)
        self.vmlinux = self.home / "vmlinux"
        self.directory = directory
        self.debug = kernel == "debug"
        with _building():
            self.accel = accel.choose(self.vmlinux)
            self.parameters = accel.parameters(self.accel)
        if self.debug:
            common.SLOW *= 2
            common.PATIENCE = 5
        self.initrd = directory / "initramfs"

    def build(self):
        """Makes modules, programs, certificates and the archive."""
        with _building():
            _make("helper")
            _make("modules", f"K={self.name}")
            _make("-C", "tests/vm/tools")
            _make("-C", "tests/vm/peer")
        programs = {"/usr/sbin/usbip-tls": BUILD / "usbip-tls",
                    "/usr/sbin/usbip-tlsd": BUILD / "usbip-tlsd"}
        for name in ("worker", "signer", "dns-sd"):
            programs[f"/usr/libexec/usbip-tls/usbip-tls-{name}"] = \
                BUILD / f"usbip-tls-{name}"
        for tool in sorted(BUILD.glob("ut-*")):
            if tool.is_file() and tool.name != "ut-agent":
                programs[f"/usr/bin/{tool.name}"] = tool
        certificates = self.directory / "pki"
        certificates.mkdir(exist_ok=True)
        media = self.directory / "media"
        media.mkdir(exist_ok=True)
        (media / "tone.wav").write_bytes(sound.tone(4))
        modules = BUILD / f"modules-{self.name}"
        initramfs.build(
            self.home, self.release, self.initrd,
            ours=[modules / f"{name}.ko" for name in initramfs.OURS],
            programs=programs,
            trees={**pki.make(certificates), "/srv": media},
            files={"/etc/hosts": HOSTS})
        debug(f"initramfs: {self.initrd.stat().st_size >> 20} MiB")


@contextlib.contextmanager
def _building():
    """Two runs for different kernels build mostly the same files."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / "vm.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(*argv):
    done = subprocess.run(["make", "-s", *argv], cwd=TOP, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise BedError(f"make {' '.join(argv)} failed:\n{done.stdout[-4000:]}")


class Bed:
    """A dock and a tablet, booted; close() ends it all."""

    def __init__(self, image, directory, boot=""):
        self.image = image
        self.directory = directory
        self.parameters = f"{image.parameters} {boot}"
        directory.mkdir(parents=True, exist_ok=True)
        self.relay = Relay(directory)
        self.vms = {}
        self.dock, self.tablet = self._boot({"dock": self._dock_devices(),
                                             "tablet": []})
        self.usb = Ports(self)
        for vm in (self.dock, self.tablet):
            self._prepare(vm)

    def _dock_devices(self):
        self.wav = self.directory / "dock.wav"
        return ["-audiodev", f"wav,id=snd0,path={self.wav},"
                "out.frequency=48000",
                "-device", "qemu-xhci,id=xhci,p2=8,p3=4",
                "-object", "filter-dump,id=dump0,netdev=net0,"
                f"file={self.directory}/dock.pcap"]

    def _start(self, name, devices):
        ipv4, ipv6 = ADDRESSES[name]
        self.vms[name] = VM(
            name, self.directory, self.image.vmlinux, self.image.initrd,
            self.image.accel, memory=1024 if self.image.debug else 384,
            net=self.relay.add_port(name), mac=MACS[name],
            append=f"ut.addr={ipv4}/24,{ipv6}/64 {self.parameters}",
            devices=devices)
        return self.vms[name]

    def _boot(self, machines):
        """Boots {name: devices} at once; returns the VMs in that order.

        Emulated processors may trip over code that the kernel patches while it
        boots (an int3 in sched_clock_cpu() was seen); no module of ours is there
        yet, so such a VM is booted again. By this thread: QEMU ends with the
        thread that started it.
        """
        left = dict(machines)
        for tries in range(BOOT_TRIES):
            for name, devices in left.items():
                if name in self.vms:
                    self.drop(name)
                self._start(name, devices)
            with concurrent.futures.ThreadPoolExecutor(len(left)) as pool:
                errors = list(pool.map(self._wait, left))
            for name, error in zip(list(left), errors):
                if not error:
                    del left[name]
                elif self.vms[name].alive() or tries == BOOT_TRIES - 1:
                    raise error
                else:
                    say(f"{name} crashed while it booted; once more")
            if not left:
                break
        return [self.vms[name] for name in machines]

    def _wait(self, name):
        """Returns why a VM did not boot, or None."""
        try:
            self.vms[name].wait_boot()
        except BedError as error:
            return error
        return None

    @staticmethod
    def _prepare(vm):
        # As udev does if the processor has the instructions.
        vm.run("modprobe -a aesni_intel ghash_clmulni_intel", 60)
        if vm.name == "dock":
            vm.sh("modprobe -a xhci_pci usbhid usb_storage sd_mod "
                  "usbip_tls_host", 60)
        else:
            vm.sh("modprobe -a usbhid hid_generic evdev usb_storage sd_mod "
                  "snd_usb_audio usbip_tls_vhci", 60)

    def third(self):
        """Boots another tablet."""
        if "tablet2" not in self.vms:
            vm, = self._boot({"tablet2": []})
            self._prepare(vm)
        return self.vms["tablet2"]

    def drop(self, name):
        """Ends one VM."""
        self.vms.pop(name).kill()
        self.relay.remove_port(name)

    def close(self):
        for vm in self.vms.values():
            vm.kill()
        self.vms.clear()
        self.relay.close()
