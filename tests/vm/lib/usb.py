# SPDX-License-Identifier: GPL-2.0
"""USB devices that QEMU plugs into a VM, and how to find them inside."""
import hashlib
import os
import subprocess

from .common import wait_until

# qemu-xhci with p2=8,p3=4: ports 1-4 take super speed, 5-8 high speed at most.
SUPER_PORTS = [1, 2, 3, 4]
HIGH_PORTS = [5, 6, 7, 8]
BLOCK = 1 << 20


def marker(serial, block):
    """The text that each 512-byte sector of a disk starts with."""
    return f"UT-DISK {serial} sector {block:08d} ".encode()


def write_disk(path, megabytes, serial):
    """A disk on which every sector names its disk; the rest is random."""
    with open(path, "wb") as file:
        for part in range(megabytes):
            data = bytearray(os.urandom(BLOCK))
            for offset in range(0, BLOCK, 512):
                text = marker(serial, (part * BLOCK + offset) // 512)
                data[offset:offset + len(text)] = text
            file.write(data)


def make_filesystem(path):
    """An empty ext2 on the whole disk."""
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", str(path)],
                   check=True, env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})


class Device:
    """A device of the dock."""

    def __init__(self, bed, number, name, serial):
        self.bed = bed
        self.id = f"usb{number}"
        self.name = name
        self.serial = serial
        self.busid = None
        self.port = None
        self.arguments = {}
        self.plugged = False

    def plug(self):
        """Plugs it into its port, for the first time or again."""
        self.bed.dock.qmp.command(
            "device_add", id=self.id, bus="xhci.0", port=str(self.port),
            serial=self.serial, **self.arguments)
        self.plugged = True

    def find(self):
        """Waits until the dock's kernel has it, configured or already bound to
        usbip-host, which removes the configuration; sets busid."""
        self.busid = wait_until(
            lambda: self.bed.dock.run(
                "cd /sys/bus/usb/devices; for d in *-*; do case $d in *:*) ;; "
                f"*) [ \"$(cat $d/serial 2>/dev/null)\" = {self.serial} ] && "
                "{ [ -n \"$(cat $d/bConfigurationValue)\" ] || "
                "[ -e ../drivers/usbip-host/$d ]; } && echo $d;; esac; "
                "done 2>/dev/null; :").out, 30, f"dock sees {self.name}")
        return self

    def speed(self):
        return int(self.bed.dock.sh(
            f"cat /sys/bus/usb/devices/{self.busid}/speed"))

    def unplug(self):
        """Unplugs it from the dock; waits for QEMU, not for the guest."""
        if not self.plugged:
            return
        qmp = self.bed.dock.qmp
        qmp.command("device_del", id=self.id)
        qmp.wait_event("DEVICE_DELETED", device=self.id)
        self.plugged = False
        self.cleanup()

    def cleanup(self):
        """Removes the parts behind the device."""


class Disk(Device):
    def __init__(self, bed, number, serial, path):
        super().__init__(bed, number, f"disk {serial}", serial)
        self.path = path
        self.arguments = {"driver": "usb-storage", "drive": f"{self.id}f"}

    def plug(self):
        self.bed.dock.qmp.command(
            "blockdev-add", driver="file", node_name=f"{self.id}f",
            filename=str(self.path))
        super().plug()

    def cleanup(self):
        self.bed.dock.qmp.command("blockdev-del", node_name=f"{self.id}f")

    def sha256(self, offset=0, size=None):
        """Checksum of the file behind the disk."""
        digest = hashlib.sha256()
        with open(self.path, "rb") as file:
            file.seek(offset)
            digest.update(file.read(size) if size is not None
                          else file.read())
        return digest.hexdigest()

    @property
    def size(self):
        return os.path.getsize(self.path)


class SlowDisk(Disk):
    """Limits it to this many bytes a second; 0: no limit."""
    def __init__(self, bed, number, serial, path, rate):
        super().__init__(bed, number, serial, path)
        self.rate = rate

    def plug(self):
        qmp = self.bed.dock.qmp
        qmp.command("object-add", qom_type="throttle-group", id=f"{self.id}t",
                    limits={"bps-write": self.rate})
        qmp.command("blockdev-add", driver="throttle", node_name=f"{self.id}f",
                    throttle_group=f"{self.id}t",
                    file={"driver": "file", "filename": str(self.path)})
        Device.plug(self)

    def set_rate(self, rate):
        self.rate = rate
        self.bed.dock.qmp.command(
            "qom-set", path=f"/objects/{self.id}t", property="limits",
            value={"bps-write": rate})

    def cleanup(self):
        super().cleanup()
        self.bed.dock.qmp.command("object-del", id=f"{self.id}t")


class Ports:
    """Plugs devices into the dock."""

    def __init__(self, bed):
        self.bed = bed
        self.number = 0
        self.devices = []

    def _port(self, choice):
        used = {device.port for device in self.devices if device.plugged}
        return next(port for port in choice if port not in used)

    def hub(self):
        """Eight more ports, of full speed."""
        return self._plain("usb-hub", ports=8)

    def _add(self, device, choice, wait=True):
        """Without wait there is no bus id: call find() later, or never."""
        device.port = self._port(choice)
        device.plug()
        self.devices.append(device)
        return device.find() if wait else device

    def new_disk(self, megabytes=8, serial=None, filesystem=False,
                 rate=None):
        """A disk that is not plugged in yet and has no port."""
        self.number += 1
        serial = serial or f"UTDISK{self.number:04d}"
        path = self.bed.directory / f"{serial}.img"
        write_disk(path, megabytes, serial)
        if filesystem:
            make_filesystem(path)
        if rate is not None:
            return SlowDisk(self.bed, self.number, serial, path, rate)
        return Disk(self.bed, self.number, serial, path)

    def slow_disk(self, megabytes, rate, filesystem=False):
        return self._add(self.new_disk(megabytes, None, filesystem, rate),
                         HIGH_PORTS)

    def disk(self, megabytes=8, super_speed=False, serial=None, wait=True,
             filesystem=False):
        return self._add(self.new_disk(megabytes, serial, filesystem),
                         SUPER_PORTS if super_speed else HIGH_PORTS, wait)

    def _plain(self, driver, wait=True, hub=None, **arguments):
        self.number += 1
        device = Device(self.bed, self.number, driver,
                        f"UT{driver.upper().replace('-', '')}{self.number}")
        device.arguments = {"driver": driver, **arguments}
        choice = HIGH_PORTS
        if hub:
            choice = [f"{hub.port}.{number}" for number in range(1, 9)]
        return self._add(device, choice, wait)

    def keyboard(self, wait=True):
        return self._plain("usb-kbd", wait)

    def pointer(self, wait=True):
        return self._plain("usb-tablet", wait)

    def card_reader(self, hub):
        """A device that sends nothing on bulk-in unless asked."""
        return self._plain("usb-ccid", hub=hub)

    def adapter(self, netdev):
        """A network adapter whose other end is a netdev of QEMU."""
        return self._plain("usb-net", netdev=netdev)

    def audio(self):
        return self._plain("usb-audio", audiodev="snd0")

    def unplug_all(self):
        # A hub comes before the devices plugged into it.
        for device in reversed(self.devices):
            device.unplug()
        self.devices.clear()
