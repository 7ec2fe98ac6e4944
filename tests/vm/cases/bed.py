# SPDX-License-Identifier: GPL-2.0
"""The bed itself: a case that passes means something only if this holds."""
from lib import kernlog
from lib.common import CaseFailure, wait_until
from lib.runner import case


@case("bed")
def bed(t):
    for address in ("10.77.0.1", "fd77::1"):
        t.tablet.sh(f"ping -c 2 -W 5 {address}")
    t.equal(t.tablet.run("exit 7").status, 7, "exit status of a script")
    try:
        t.tablet.run("sleep 600", timeout=1)
        raise AssertionError("a script outlived its time")
    except CaseFailure:
        pass

    # A cut wire is cut, and comes back.
    t.relay.cut("tablet")
    t.check(t.tablet.run("ping -c 1 -W 1 10.77.0.1").status,
            "no ping gets through a cut wire")
    t.relay.cut("tablet", False)
    wait_until(lambda: not t.tablet.run("ping -c 1 -W 1 10.77.0.1").status,
               20, "pings get through again")

    # A filter sees the frames, and may lose them.
    seen = []
    t.relay.set_filter(lambda port, frame: seen.append(port) or [])
    t.check(t.tablet.run("ping -c 1 -W 1 10.77.0.1").status,
            "no ping gets through a filter that loses all")
    t.check("tablet" in seen, "the filter saw frames of the tablet")
    t.relay.set_filter(None)

    # The kernel logs are read, and trouble in them is recognised.
    for vm in (t.dock, t.tablet):
        vm.sh("echo 'WARNING: planted by the case bed' > /dev/kmsg")
        found = kernlog.trouble(vm.sh("dmesg -c"))
        t.equal(len(found), 1, f"trouble found in the log of {vm.name}")

    # Devices come and go; the disk is the one that was plugged.
    disk = t.usb.disk(2)
    node = wait_until(lambda: t.dock.run(
        f"cd /sys/bus/usb/devices/{disk.busid}/{disk.busid}:*/host*/target*/"
        "*/block 2>/dev/null && ls").out, t.slow(10),
        "the dock's own driver finds the disk")
    wait_until(lambda: t.dock.run(f"test -b /dev/{node}").status == 0, 10,
               "its node appears")
    t.equal(t.sha256(t.dock, f"/dev/{node}", 2), disk.sha256(),
            "the disk as the dock reads it")
    disk.unplug()
    wait_until(lambda: not t.dock.exists(
        f"/sys/bus/usb/devices/{disk.busid}"), 10, "the disk is gone")
