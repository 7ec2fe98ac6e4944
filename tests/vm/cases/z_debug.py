# SPDX-License-Identifier: GPL-2.0
"""Cases for the debug kernel only; the others run on it unchanged."""
import re

from lib.common import Skip
from lib.runner import case

FAULTS = "/sys/kernel/debug"
# Exit codes of usbip-tls for failures that it can report itself.
CLEAN = range(1, 15)
# A program that could not even be loaded: what sh, ld.so and the kernel say.
NOT_LOADED = (126, 127, 128 + 9, 128 + 11)


def debug_only(c):
    if not c.bed.image.debug:
        raise Skip("needs the debug kernel; make check-debug")


class Faults:
    """failslab and fail_page_alloc of a VM, for tasks that are marked."""

    def __init__(self, c, vm):
        self.c = c
        self.vm = vm

    def write(self, **values):
        """Sets the same values in both; underscores stand for dashes."""
        text = "; ".join(
            f"for d in {FAULTS}/failslab {FAULTS}/fail_page_alloc; do "
            f"[ ! -e $d/{name.replace('_', '-')} ] || "
            f"echo {value} > $d/{name.replace('_', '-')}; done"
            for name, value in values.items())
        self.vm.sh(text)

    def prepare(self):
        """Every allocation of a marked task may fail; nothing is logged."""
        self.write(probability=0, times=-1, space=0, interval=1, verbose=0,
                   task_filter="Y", cache_filter="N", ignore_gfp_wait="N",
                   ignore_gfp_highmem="N", min_order=0, require_start=0,
                   require_end="0xffffffffffffffff")

    def only(self, module):
        """Only allocations made by or for a function of a module."""
        text = self.vm.sh("grep -E ' [tT] .*\\[" + module +
                          "\\]' /proc/kallsyms | cut -d ' ' -f 1 | sort")
        code = [int(line, 16) for line in text.splitlines()]
        self.write(require_start=hex(code[0]), require_end=hex(code[-1] + 256),
                   stacktrace_depth=32)

    def once_after(self, space):
        """One failure, after this many bytes of allocations."""
        self.write(times=1, space=space, probability=100)

    def off(self):
        self.write(probability=0)

    def hit(self):
        """How many of the two have injected a failure."""
        return self.vm.sh(f"cat {FAULTS}/failslab/times "
                          f"{FAULTS}/fail_page_alloc/times").split().count("0")


def settled(c, device):
    """Whatever happened, nothing is left, and the device can be attached again."""
    c.detach_all(c.tablet)
    c.wait_idle()
    c.wait_status(device, "available", 15)


def attach_marked(c, device, slow=10):
    """usbip-tls attach in a task that may fail; a Result."""
    return c.tablet.run(
        "exec 2>&1; echo 1 > /proc/self/make-it-fail; exec usbip-tls attach "
        f"-r dock -b {device.busid} -w {int(c.slow(slow))}", 120)


def mark_daemon(c, mark):
    """Marks the dock's daemon and what it starts from now on."""
    c.dock.sh(f"echo {mark} > /proc/$(cat /run/usbip-tlsd.pid)/make-it-fail")


def works(c, device):
    """A complete attach with correct data."""
    attachment = c.attach(device)
    node = attachment.node("/dev/sd")
    c.equal(c.sha256(c.tablet, node, 2), device.sha256(0, 2 << 20),
            "sha256 of the first 2 MiB")
    c.detach(attachment)


@case("failslab", limit=400, debug=True)
def failslab(c):
    """Every allocation on the way to a session fails once."""
    debug_only(c)
    device = c.plug("disk", 4)
    works(c, device)
    each_in_turn(c, device)
    in_the_modules(c, device)
    anywhere(c, device)
    works(c, device)


def each_in_turn(c, device):
    """SESSION_NEW alone, allocation by allocation, all roles."""
    path = f"/sys/bus/usb/devices/{device.busid}"
    devid = int(c.dock.sh(f"cat {path}/busnum")) << 16 | \
        int(c.dock.sh(f"cat {path}/devnum"))
    for vm, role in ((c.dock, "dock"), (c.dock, "vudc"), (c.tablet, "tablet")):
        Faults(c, vm).prepare()
        result = vm.run(f"ut-failnew {role} {device.busid} {devid}", 300)
        c.note(result.out)
        c.equal(result.status, 0, "exit of ut-failnew")
        count = re.search(r"(\d+) allocations failed", result.out)
        c.check(count and int(count.group(1)) >= 10,
                "at least ten allocations could fail")
    c.wait_idle()


def in_the_modules(c, device):
    """attach, while an allocation of our module fails on either side."""
    struck = 0
    for vm in (c.tablet, c.dock):
        faults = Faults(c, vm)
        faults.prepare()
        faults.only("usbip_tls_core")
        if vm is c.dock:
            mark_daemon(c, 1)
        for space in (0, 200, 600, 1500, 4000, 10000):
            faults.once_after(space)
            result = attach_marked(c, device)
            faults.off()
            hit = faults.hit()
            struck += hit
            c.note(f"{vm.name}, after {space} bytes: {hit} struck, exit "
                   f"{result.status} {result.out.splitlines()[:1]}")
            if result.status:
                c.check(result.status in CLEAN and
                        "usbip-tls: " in result.out,
                        f"a clean error: {result.status} {result.out}")
                c.check(hit, f"fails for a reason: {result.out}")
            settled(c, device)
        if vm is c.dock:
            mark_daemon(c, 0)
        faults.prepare()
    c.check(struck >= 4, f"failures struck only {struck} times")


def anywhere(c, device):
    """attach, while an allocation fails anywhere below it in the kernel."""
    faults = Faults(c, c.tablet)
    faults.prepare()
    struck = 0
    for space in range(20000, 1000000, 160000):
        faults.once_after(space)
        result = attach_marked(c, device)
        faults.off()
        hit = faults.hit()
        struck += hit
        c.note(f"after {space} bytes: {hit} struck, exit {result.status}")
        c.check(result.status == 0 or result.status in CLEAN or
                result.status in NOT_LOADED,
                f"a clean end: {result.status} {result.out}")
        settled(c, device)
    faults.prepare()
    c.check(struck >= 3, f"failures struck only {struck} times")


@case("debug-alive", debug=True)
def debug_alive(c):
    """The debug aids were on until the end, so the silence meant something."""
    debug_only(c)
    for vm in (c.dock, c.tablet):
        c.equal(vm.sh("awk '/debug_locks/ { print $2 }' /proc/lockdep_stats"),
                "1", f"lockdep of {vm.name} is on")
        vm.sh("echo scan > /sys/kernel/debug/kmemleak", 240)
        c.check(vm.exists("/sys/kernel/debug/failslab/probability"),
                "failslab is there")
        c.equal(vm.sh("cat /proc/sys/kernel/tainted | awk '{ print int($1 / "
                      "512) % 2 }'"), "0", f"{vm.name} has met no WARNING")
