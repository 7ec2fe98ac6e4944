# SPDX-License-Identifier: GPL-2.0
"""What was written to an attached disk gets there before the disk goes."""
import re

from cases.control import attached_disk, daemon, hook, install_hook
from cases.hotplug import alone, wait_gone, wait_ready
from lib.common import Skip, wait_until
from lib.runner import case
from lib.usb import BLOCK

IN_USE = 10
# The kernel writes nothing back by itself while a case looks.
KEEP = ("cd /proc/sys/vm && echo 90 > dirty_ratio && "
        "echo 90 > dirty_background_ratio && "
        "echo 60000 > dirty_expire_centisecs && "
        "echo 0 > dirty_writeback_centisecs")
USUAL = ("cd /proc/sys/vm && echo 20 > dirty_ratio && "
         "echo 10 > dirty_background_ratio && "
         "echo 3000 > dirty_expire_centisecs && "
         "echo 500 > dirty_writeback_centisecs")


def block(disk, number):
    """A MiB of the file behind a disk."""
    with open(disk.path, "rb") as file:
        file.seek(number * BLOCK)
        return file.read(BLOCK)


def refused(t, port, *names):
    """detach names what uses the disk and leaves it attached."""
    result = t.cli(t.tablet, "detach", "-p", port)
    t.equal(result.status, IN_USE, f"detach of {names}: {result.out}")
    for name in names:
        t.check(re.search(name, result.out), f"{name} is named: {result.out}")
    t.check("--force" in result.out, f"what helps: {result.out}")
    t.equal([one["state"] for one in t.ports(t.tablet)], ["used"],
            "the port after a detach that was refused")


def holder(t, node, mode):
    """A program that has the disk open until it is killed; its process id."""
    t.tablet.sh(f"setsid sh -c 'exec 5{mode}{node}; echo $$ > /tmp/holder; "
                "exec sleep 1000' > /dev/null 2>&1 < /dev/null & :")
    pid = wait_until(lambda: t.tablet.run("cat /tmp/holder 2>/dev/null").out,
                     t.slow(5), "a program has the disk open")
    t.tablet.sh("rm /tmp/holder")
    return pid


def fill(t, node, number):
    """One MiB of 0xff into the page cache of a disk."""
    t.tablet.sh(f"tr '\\0' '\\377' < /dev/zero | dd of={node} bs=1M count=1 "
                f"seek={number} conv=notrunc iflag=fullblock 2>/dev/null", 60)


def mounted(t):
    disk = t.usb.disk(8, filesystem=True)
    t.bind(disk)
    attachment = t.attach(disk)
    node = attachment.node("/dev/sd")
    t.tablet.sh(f"mount -t ext4 {node} /mnt && echo 'kept' > /mnt/note", 30)
    refused(t, attachment.port, rf"/mnt \({node}\)")
    # Mounted somewhere else only.
    t.tablet.sh("unshare -m sh -c 'mount --make-rprivate / 2>/dev/null; "
                "echo $$ > /tmp/away; exec sleep 1000' "
                "> /dev/null 2>&1 < /dev/null & :")
    away = wait_until(lambda: t.tablet.run("cat /tmp/away 2>/dev/null").out,
                      t.slow(5), "another mount namespace")
    result = t.cli(t.tablet, "detach", "-p", attachment.port, "--unmount")
    t.equal(result.status, IN_USE, f"mounted elsewhere: {result.out}")
    t.check(f"namespace of process {away}" in result.out,
            f"who has it: {result.out}")
    t.tablet.sh(f"kill {away}; while kill -0 {away} 2>/dev/null; do "
                "usleep 20000; done")
    # Now nobody has it mounted, and nothing keeps it.
    t.tablet.sh(f"mount -t ext4 {node} /mnt", 30)
    answer = t.cli(t.tablet, "detach", "-p", attachment.port, "--json")
    t.equal(answer.status, IN_USE, f"JSON: {answer.out}")
    t.check('"kind":"mount"' in answer.out.replace(" ", ""), answer.out)
    # A program uses it: the device stays.
    t.tablet.sh("sh -c 'cd /mnt; echo $$ > /tmp/inside; exec sleep 1000' "
                "> /dev/null 2>&1 < /dev/null & :")
    inside = wait_until(
        lambda: t.tablet.run("cat /tmp/inside 2>/dev/null").out, t.slow(5),
        "a program is in the file system")
    result = t.cli(t.tablet, "detach", "-p", attachment.port, "--unmount")
    t.equal(result.status, IN_USE, f"--unmount while busy: {result.out}")
    t.check("cannot unmount /mnt" in result.out, result.out)
    t.tablet.sh(f"kill {inside}; while kill -0 {inside} 2>/dev/null; do "
                "usleep 20000; done; echo 'and more' >> /mnt/note")
    result = t.cli(t.tablet, "detach", "-p", attachment.port, "--unmount")
    t.equal(result.status, 0, f"--unmount: {result.out}")
    t.check("/mnt" not in t.tablet.sh("cat /proc/mounts"), "still mounted")
    t.check(b"kept\nand more" in disk.path.read_bytes(), "the file is there")
    disk.unplug()


def by_force(t):
    disk = t.usb.disk(4, filesystem=True)
    t.bind(disk)
    attachment = t.attach(disk)
    t.tablet.sh(f"mount -t ext4 {attachment.node('/dev/sd')} /mnt && "
                "echo 'perhaps' > /mnt/note", 30)
    result = t.cli(t.tablet, "detach", "-p", attachment.port, "--force")
    t.equal(result.status, 0, f"--force: {result.out}")
    t.wait_port_free(t.tablet, attachment.port)
    t.tablet.run("umount -l /mnt", 60)
    disk.unplug()


def raw(t):
    """A program that writes to the disk itself, one that reads it, swap."""
    disk = t.plug("disk", 8)
    attachment = t.attach(disk)
    node = attachment.node("/dev/sd")
    pid = holder(t, node, ">")
    fill(t, node, 1)
    refused(t, attachment.port, rf"\(process {pid}\), which writes to {node}")
    result = t.cli(t.tablet, "detach", "-p", attachment.port, "--unmount")
    t.equal(result.status, IN_USE, f"--unmount: {result.out}")
    t.tablet.sh(f"kill {pid}; while kill -0 {pid} 2>/dev/null; do "
                "usleep 20000; done")
    # A reader keeps in memory what others have written: nobody writes it back.
    pid = holder(t, node, "<")
    fill(t, node, 2)
    t.check(block(disk, 2) != b"\xff" * BLOCK, "it is in memory only")
    result = t.cli(t.tablet, "detach", "-p", attachment.port)
    t.equal(result.status, 0, f"detach with a reader: {result.out}")
    t.check(block(disk, 1) == b"\xff" * BLOCK and
            block(disk, 2) == b"\xff" * BLOCK, "all was written before")
    t.tablet.sh(f"kill {pid}")
    t.wait_port_free(t.tablet, attachment.port)
    t.wait_status(disk, "available")
    attachment = t.attach(disk)
    node = attachment.node("/dev/sd")
    t.tablet.sh(f"mkswap {node} && swapon {node}")
    refused(t, attachment.port, rf"swap \({node}\)")
    result = t.cli(t.tablet, "detach", "-p", attachment.port, "--unmount")
    t.equal(result.status, 0, f"--unmount of swap: {result.out}")
    t.equal(t.tablet.sh("grep -c /dev/sd /proc/swaps; :"), "0", "swaps")
    disk.unplug()


@case("detach-mounted")
def detach_mounted(t):
    t.tablet.sh(f"mkdir -p /mnt; {KEEP}")
    try:
        if t.tablet.run("modprobe ext4", 60).status:
            raise Skip("no file system in this kernel")
        mounted(t)
        by_force(t)
        raw(t)
    finally:
        t.tablet.sh(USUAL)


@case("suspend-writes", limit=300)
def suspend_writes(t):
    """Writing to a slow stick takes longer than the old limit of 10 s; and a
    program has a disk open."""
    install_hook(t)
    alone(t)
    slow = t.usb.slow_disk(40, 0, filesystem=True)
    wait_ready(t, [slow], 20)
    node = attached_disk(t)
    t.tablet.sh(KEEP)
    try:
        t.tablet.sh("dd if=/dev/urandom of=/tmp/big bs=1M count=18 2>/dev/null",
                    60)
        want = t.tablet.sh("sha256sum < /tmp/big", 60)
        t.tablet.sh(f"mount -t ext4 {node} /mnt", 60)
        # At once, and onto a slow stick: 6.12 writes a part back in any case.
        slow.set_rate(int(1.2 * BLOCK))
        t.tablet.sh("cp /tmp/big /mnt/big", 60)
        text, seconds = hook(t, "pre")
        t.note(f"pre: {seconds:.1f} s; " + "; ".join(text.splitlines()))
        t.check(seconds > 11, f"the stick is slow: {seconds:.1f} s")
        t.check(re.search(r"writing /mnt \(/dev/sd\w\)", text),
                f"it says what it waits for: {text}")
        t.check(re.search(r"still writing /mnt .*MiB that are not written yet",
                          text), f"and goes on to: {text}")
        t.check(re.search(r"/mnt \(/dev/sd\w\) was in use, and is written",
                          text), f"all is written: {text}")
        slow.set_rate(0)
        t.tablet.run("umount -l /mnt", 60)
        hook(t, "post")
        wait_ready(t, [slow], 20)
        node = attached_disk(t)
        t.tablet.sh(f"mount -r -t ext4 {node} /mnt", 30)
        t.equal(t.tablet.sh("sha256sum < /mnt/big", 60), want, "the file")
        t.tablet.sh("umount /mnt")
        # A program that keeps running has the disk itself open.
        pid = holder(t, node, "<>")
        fill(t, node, 33)
        text, seconds = hook(t, "pre")
        t.check(re.search(rf"{node} \(sleep, process {pid}\) was in use, and is "
                          "written", text), f"the disk itself: {text}")
        t.check(block(slow, 33) == b"\xff" * BLOCK, "it is on the disk")
        t.tablet.sh(f"kill {pid}")
        t.equal(daemon(t, t.tablet)["tablet"]["suspended"], True, "suspended")
        hook(t, "post")
    finally:
        t.tablet.sh(f"rm -f /tmp/big; {USUAL}")
    t.usb.unplug_all()
    wait_gone(t)
