# SPDX-License-Identifier: GPL-2.0
"""Gadgets of the dock's kernel, behind dummy_hcd."""
from collections import namedtuple

from .common import wait_until

ROOT = "/sys/kernel/config/usb_gadget"
# "Linux gadget zero", which usbtest looks for.
ZERO = ("0x0525", "0xa4a0")
HIGH, SUPER = 480, 5000


# Where it is on the tablet, for Case.detach: the machine, the port of vhci-hcd, the
# device there and its node of usbfs.
Attached = namedtuple("Attached", "vm port local node")


class Gadget:
    """A device of the dock whose other side is in the dock, too."""

    def __init__(self, vm, name, speed):
        self.vm = vm
        self.name = name
        self.speed = speed
        self.serial = f"UT{name.upper()}{speed}"
        self.path = f"{ROOT}/{name}"
        self.busid = None
        self.program = None

    def make(self, function):
        """A gadget with one configfs function, not plugged in yet."""
        self.vm.sh(
            "modprobe -a libcomposite configfs && "
            "{ grep -q configfs /proc/mounts || "
            "mount -t configfs configfs /sys/kernel/config; } && "
            f"modprobe dummy_hcd is_super_speed={int(self.speed == SUPER)} && "
            f"mkdir {self.path} && cd {self.path} && "
            f"echo {ZERO[0]} > idVendor && echo {ZERO[1]} > idProduct && "
            "mkdir strings/0x409 && "
            f"echo {self.serial} > strings/0x409/serialnumber && "
            f"mkdir configs/c.1 functions/{function} && "
            f"ln -s functions/{function} configs/c.1/", 60)

    def source_sink(self):
        """Receives and sends zeros by bulk transfers without end."""
        self.vm.sh("modprobe usb_f_ss_lb", 60)
        self.make("SourceSink.0")
        return self.plug()

    def loopback(self):
        """Returns by bulk transfers what it receives."""
        self.vm.sh("modprobe usb_f_ss_lb", 60)
        self.make("Loopback.0")
        return self.plug()

    def interrupt(self):
        """The same by interrupt transfers; ut-gadget-int implements it."""
        self.vm.sh("modprobe usb_f_fs", 60)
        self.make("ffs.ut")
        self.vm.sh("mkdir /tmp/ffs && mount -t functionfs ut /tmp/ffs")
        self.program = self.vm.start(
            "exec ut-gadget-int /tmp/ffs > /tmp/ffs.log 2>&1", 3600)
        wait_until(lambda: "ready" in self.vm.run("cat /tmp/ffs.log").out, 20,
                   "ut-gadget-int is ready")
        return self.plug()

    def attach(self, t):
        """Attaches it once it is shared; waits for no driver."""
        answer = t.cli_json(t.tablet, "attach", "-r", "dock", "-b", self.busid,
                            "-w", 0)
        local = wait_until(
            lambda: t.tablet.run("cd /sys/bus/usb/devices; grep -l "
                                 f"{self.serial} */serial | cut -d/ -f1").out,
            t.slow(20), f"{self.name} on the tablet")
        directory = f"/sys/bus/usb/devices/{local}"
        numbers = t.tablet.sh(f"cd {directory}; cat busnum devnum").split()
        t.equal(int(t.tablet.sh(f"cat {directory}/speed")), self.speed,
                "speed on the tablet")
        return Attached(t.tablet, answer["port"], local,
                        "/dev/bus/usb/{:03d}/{:03d}".format(*map(int, numbers)))

    def plug(self):
        self.vm.sh(f"echo dummy_udc.0 > {self.path}/UDC")
        self.busid = wait_until(self._find, 30, f"the dock sees {self.name}")
        return self

    def _find(self):
        return self.vm.run(
            "cd /sys/bus/usb/devices; for d in *-*; do case $d in *:*) ;; *) "
            f"[ \"$(cat $d/serial 2>/dev/null)\" = {self.serial} ] && "
            f"[ \"$(cat $d/speed)\" = {self.speed} ] && echo $d;; esac; "
            "done 2>/dev/null; :").out

    def remove(self):
        """Unplugs and removes it, together with its controller."""
        self.vm.sh(f"cd {self.path} && echo > UDC && rm configs/c.1/*.* && "
                   "rmdir configs/c.1 functions/* strings/0x409 && "
                   f"cd / && rmdir {self.path}", 60)
        if self.program:
            self.vm.sh("kill $(pidof ut-gadget-int)")
            self.program.wait()
            self.vm.sh("umount /tmp/ffs && rmdir /tmp/ffs && rm /tmp/ffs.log")
        wait_until(lambda: self.vm.run("modprobe -r dummy_hcd").status == 0,
                   20, "dummy_hcd can be unloaded")
