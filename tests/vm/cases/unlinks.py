# SPDX-License-Identifier: GPL-2.0
"""Valid requests at the worst moments, from a malicious tablet."""
from lib.case import DOCK
from lib.common import wait_until
from lib.gadget import HIGH, SUPER, Gadget
from lib.runner import case

STUB = "/sys/bus/usb/drivers/usbip-host"


def peer(device, command):
    return f"ut-peer {command} {DOCK} 3240 -d /pki/tablet -b {device.busid}"


@case("unlink-storm")
def unlink_storm(t):
    """Every request gets one answer, and the dock survives."""
    for speed in (HIGH, SUPER):
        gadget = Gadget(t.dock, "zero", speed).source_sink()
        t.bind(gadget)
        for _ in range(3):
            result = t.tablet.run(f"{peer(gadget, 'storm')} 2>&1", 180)
            t.equal(result.status, 0, f"ut-peer storm: {result.out}")
            words = result.out.split("done ")[1].split()
            t.check(int(words[2]) > 100 and int(words[0]) > 1000,
                    f"transfers are done and cancelled: {result.out}")
            t.wait_idle()
            wait_until(lambda busid=gadget.busid: t.dock.run(
                f"cat {STUB}/{busid}/usbip_status").out == "1", t.slow(10),
                "the gadget is available again")
        t.note(f"{speed} Mbit/s: {words[0]} done, {words[2]} cancelled")
        gadget.remove()


@case("set-configuration")
def set_configuration(t):
    """A flood of SET_CONFIGURATION does not keep the dock from unbinding."""
    disk = t.plug("disk", 2)
    ways = [(f"echo {disk.busid} > {STUB}/unbind",
             f"echo {disk.busid} > {STUB}/bind"),
            (f"usbip-tls unbind -b {disk.busid}",
             f"usbip-tls bind -b {disk.busid}")]
    for unbind, bind in ways * 2:
        t.tablet.sh("rm -f /tmp/flood")
        flood = t.tablet.start(f"exec {peer(disk, 'flood')} > /tmp/flood 2>&1",
                               120)
        wait_until(lambda: "flooding" in t.tablet.run("cat /tmp/flood").out,
                   t.slow(20), "the flood has begun")
        t.dock.sh(unbind, t.slow(20))
        result = flood.wait()
        said = t.tablet.sh("cat /tmp/flood")
        t.equal(result.status, 0, f"ut-peer flood: {said}")
        t.wait_idle()
        t.dock.sh(bind, t.slow(20))
    attachment = t.attach(disk)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 2), disk.sha256(),
            "the disk after that")
