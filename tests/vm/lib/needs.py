# SPDX-License-Identifier: GPL-2.0
"""Devices that the dock needs itself: its swap, its root, its network link."""
from .common import wait_until

ROOTED = "/tmp/rooted"
LINK_DOCK, LINK_TABLET = "10.77.1.1", "10.77.1.2"


def block_node(t, disk):
    """/dev/sdX of a disk that the dock's own driver has."""
    name = wait_until(lambda: t.dock.run(
        f"cd /sys/bus/usb/devices/{disk.busid}/{disk.busid}:*/host*/target*/"
        "*/block 2>/dev/null && ls").out, t.slow(10),
        f"the dock's own driver has {disk.name}")
    wait_until(lambda: t.dock.run(f"test -b /dev/{name}").status == 0,
               t.slow(5), f"/dev/{name} appears")
    return f"/dev/{name}"


class Swap:
    """A disk that the dock swaps to."""

    def __init__(self, t, disk):
        self.dock = t.dock
        self.node = block_node(t, disk)
        self.dock.sh(f"mkswap {self.node} && swapon {self.node}")
        self.why = f"it carries swap ({self.node})"

    def free(self):
        self.dock.sh(f"swapoff {self.node}")


class Root:
    """A disk with a root file system. The machine itself has started from its
    memory; what runs with the prefix "inside" sees the disk as /, with the
    directories of the machine in it."""

    def __init__(self, t, disk):
        self.dock = t.dock
        node = block_node(t, disk)
        self.dock.sh(
            f"modprobe vfat && mkdosfs {node} && mkdir /rooted && mount "
            f"-t vfat -o codepage=437,iocharset=iso8859-1 {node} /rooted && "
            "cd / && for d in bin dev etc lib lib64 pki proc run sbin sys tmp "
            "usr var; do mkdir /rooted/$d && mount -o bind /$d /rooted/$d; "
            "done", 60)
        self.dock.put(ROOTED, "#!/bin/sh\nexec unshare -m sh -c 'cd /rooted && "
                      "mount -o move . / && exec chroot . \"$@\"' sh \"$@\"\n")
        self.dock.sh(f"chmod +x {ROOTED}")
        self.inside = ROOTED
        self.why = f"it carries the root file system ({node} on /)"

    def free(self):
        self.dock.sh("umount /rooted/* && umount /rooted && rmdir /rooted")


class Link:
    """A USB network adapter, with a second link from the tablet to the dock.
    The dock answers for an address only on the adapter that has it."""

    def __init__(self, t):
        self.t = t
        path = t.relay.add_port("adapter")
        t.dock.qmp.command("netdev_add", type="stream", id="net1", server=False,
                           addr={"type": "unix", "path": str(path)})
        t.dock.sh("modprobe cdc_ether")
        self.device = t.usb.adapter("net1")
        self.name = wait_until(lambda: t.dock.run(
            f"cd /sys/bus/usb/devices/{self.device.busid}/"
            f"{self.device.busid}:*/net 2>/dev/null && ls").out, t.slow(10),
            "the dock has a network interface on USB")
        t.dock.sh("echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore; "
                  f"ip link set {self.name} up; "
                  f"ip addr add {LINK_DOCK}/24 dev {self.name}")
        t.tablet.sh(f"ip addr add {LINK_TABLET}/24 dev eth0")
        wait_until(lambda: not t.tablet.run(
            f"ping -c 1 -W 1 {LINK_DOCK}").status, t.slow(10),
            "the tablet reaches the dock by that adapter")
        self.why = f"it is the network link {self.name}, which is in use"

    def free(self):
        self.t.dock.sh(f"ip addr flush dev {self.name}; "
                       f"ip link set {self.name} down")

    def remove(self):
        self.device.unplug()
        self.t.dock.qmp.command("netdev_del", id="net1")
        self.t.relay.remove_port("adapter")
        self.t.tablet.sh(f"ip addr del {LINK_TABLET}/24 dev eth0")
