# SPDX-License-Identifier: GPL-2.0
"""Two machines with a Debian of their own: disk, kernel and power switch."""
import concurrent.futures
import fcntl
import subprocess
from pathlib import Path

from lib import accel, initramfs
from lib.bed import ADDRESSES, MACS
from lib.common import PACE, TOP, BedError
from lib.relay import Relay
from lib.usb import Ports
from lib.vm import VM

HERE = TOP / "tests/system"
# systemd gives up on a unit after 90 s by default.
BOOT = ("root=/dev/vda rw systemd.getty_auto=no "
        "systemd.condition-needs-update=no "
        f"systemd.default_timeout_start_sec={90 * PACE}")
BOOT_LIMIT = 240
MEMORY = 640
NAMES = ("dock", "tablet")
DISK_MODULES = ("virtio_pci", "virtio_blk", "ext4")


def output_of(*argv):
    """Returns what a program printed; BedError if it failed."""
    done = subprocess.run([str(word) for word in argv], text=True, cwd=TOP,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          check=False)
    if done.returncode:
        raise BedError(f"{Path(argv[0]).name} failed")
    return done.stdout.strip()


def build_initrd(root, release, target):
    """An archive with what the disk needs, and guest/init."""
    cpio = initramfs.Cpio()
    for name in ("proc", "sys", "dev", "root"):
        cpio.directory(name)
    cpio.device("/dev/console", 5, 1)
    cpio.file("init", (HERE / "guest/init").read_bytes(), 0o755)
    cpio.file("bin/busybox", Path("/bin/busybox").read_bytes(), 0o755)
    for applet in ("sh", "mount", "insmod", "usleep", "switch_root"):
        cpio.link(f"bin/{applet}", "busybox")
    paths = []
    for name in DISK_MODULES:
        paths += [path for path in initramfs.module_files(root, release, name)
                  if path not in paths]
    for number, path in enumerate(paths):
        cpio.file(f"modules/{number:02d}-{path.stem}",
                  initramfs.module_bytes(path))
    target.write_bytes(cpio.bytes())


class Image:
    """The files from which a machine with Debian 12 or 13 starts."""

    def __init__(self, number, directory):
        debs = Path(output_of(HERE / "debs.sh", number))
        upgrade = next((debs / "later").glob("usbip-tls_*.deb"))
        base = Path(output_of(HERE / "base.sh", number))
        self.number = number
        self.disk = Path(output_of(HERE / "layer.sh", base,
                                   initramfs.build_agent(), debs / "now",
                                   upgrade))
        # Keeps another run from deleting it.
        self.lock = open(self.disk, "rb")
        fcntl.flock(self.lock, fcntl.LOCK_SH)
        self.release = (base / "release").read_text().strip()
        self.kernel = base / "vmlinux"
        self.initrd = directory / f"initrd-{number}"
        build_initrd(base / "root", self.release, self.initrd)
        self.accel = accel.choose(self.kernel)
        self.parameters = accel.parameters(self.accel)


class Machine(VM):
    """A VM whose scripts run in a Debian.

    One processor: emulation with several of them trips over code that the
    kernel patches, see Documentation/testing.
    """

    PROCESSORS = 1
    PROLOGUE = ""


class Machines:
    """A dock and a tablet that can lose their power. images: {name: Image}"""

    def __init__(self, images, directory):
        self.images = images
        self.directory = directory
        self.relay = Relay(directory)
        self.sockets = {}
        self.vms = {}
        for name in NAMES:
            self.sockets[name] = self.relay.add_port(name)
            self._make_disk(name)
        self.usb = Ports(self)

    @property
    def dock(self):
        return self.vms["dock"]

    @property
    def tablet(self):
        return self.vms["tablet"]

    def _disk(self, name):
        return self.directory / f"{name}.qcow2"

    def _make_disk(self, name):
        output_of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw",
                  "-b", self.images[name].disk, self._disk(name))

    def start(self, name):
        """Switches one on; devices in the dock's ports stay there."""
        devices = ["-blockdev", "driver=qcow2,node-name=root,file.driver=file,"
                   f"file.filename={self._disk(name)}",
                   "-device", "virtio-blk-pci,drive=root"]
        if name == "dock":
            devices += ["-device", "qemu-xhci,id=xhci,p2=8,p3=4"]
        image = self.images[name]
        vm = self.vms[name] = Machine(
            name, self.directory, image.kernel, image.initrd,
            image.accel, memory=MEMORY, net=self.sockets[name],
            mac=MACS[name], devices=devices,
            append=f"{BOOT} systemd.hostname={name} {image.parameters}")
        if name == "dock":
            for device in self.usb.devices:
                if device.plugged:
                    device.plug()
        return vm

    def boot(self, *names):
        """Switches them on and waits until each runs its jobs."""
        for name in names:
            self.start(name)
        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            for done in [pool.submit(self.vms[name].wait_boot, BOOT_LIMIT)
                         for name in names]:
                done.result()

    def power_cut(self, name):
        """A power cut: nothing more is written or sent."""
        self.vms[name].kill()

    def reboot(self, *names):
        """Reboots by systemctl; QEMU ends instead of starting again."""
        for name in names:
            self.vms[name].start("systemctl reboot")
        for name in names:
            try:
                self.vms[name].process.wait(120 * PACE)
            except subprocess.TimeoutExpired as err:
                raise BedError(f"{name} does not go down\n"
                               f"{self.vms[name].console_tail()}") from err
            self.vms[name].kill()
        self.boot(*names)

    def address(self, name):
        return ADDRESSES[name][0]

    def close(self):
        for vm in self.vms.values():
            vm.kill()
        self.relay.close()
