# SPDX-License-Identifier: GPL-2.0
"""The kernel's own test of USB host controllers, over our sessions."""
from lib.common import wait_until
from lib.gadget import HIGH, SUPER, Gadget
from lib.runner import case

# How often make check-all does everything; otherwise it is done once.
RUNS = 20

# case: (iterations, length, vary, sglen). Reads have whole packets, because the
# source gives no others. Several lines take different ways through the buffers.
BULK = [
    (1, 60, 4096, 0, 0), (1, 20, 16 << 10, 0, 0), (1, 10, 100000, 0, 0),
    (2, 60, 4096, 0, 0), (2, 20, 16 << 10, 0, 0), (2, 10, 96 << 10, 0, 0),
    (3, 60, 4096, 421, 0), (4, 60, 4096, 1024, 0),
    (5, 20, 1024, 0, 32), (6, 20, 1024, 0, 32),
    (7, 20, 1024, 421, 32), (8, 20, 4096, 1024, 32),
    (9, 3, 0, 0, 0), (10, 10, 0, 0, 32),
    (11, 60, 1024, 0, 0), (12, 60, 1024, 0, 0), (13, 10, 1024, 0, 0),
    (14, 30, 1024, 421, 0), (17, 30, 1023, 0, 0), (18, 30, 1024, 0, 0),
    (19, 30, 1023, 0, 0), (20, 30, 1024, 0, 0), (21, 30, 1024, 421, 0),
    (24, 30, 1024, 0, 16), (27, 4, 16384, 0, 16), (28, 4, 16384, 0, 16),
    (29, 10, 1024, 0, 0),
]
# usbtest reuses the timer of its scatterlists after destroying it, which the debug
# kernel reports: so each iteration of these cases is a run of its own.
SINGLE = (5, 6, 7, 8)
INTERRUPT = [(25, 40, 64, 0, 0), (26, 40, 64, 0, 0)]


def run(t, gadget, cases):
    """Runs all cases over one session."""
    attached = gadget.attach(t)
    wait_until(lambda: t.tablet.run("test -e /sys/bus/usb/drivers/usbtest/"
                                    f"{attached.local}:1.0").status == 0,
               t.slow(20), "usbtest has taken the device")
    session = t.dock_session(gadget.busid)
    for parameters in cases:
        number, iterations, *rest = parameters
        times = iterations if number in SINGLE else 1
        command = " ".join(map(str, ["ut-usbtest", attached.node, number,
                                     iterations // times, *rest]))
        result = t.tablet.run(f"for i in $(seq {times}); do {command} 2>&1 || "
                              "exit; done", 120)
        t.equal(result.status, 0, f"{gadget.name} at {gadget.speed} Mbit/s, "
                f"{parameters}: {result.out}")
        t.check(t.dock.alive() and t.tablet.alive(), "both machines live")
    t.equal([s["id"] for s in t.sessions(t.dock) if s["state"] == "open"],
            [session], "the session has seen it through")
    t.detach(attached)
    t.wait_idle()
    t.wait_status(gadget, "available")


# Its commands have their own limits.
@case("usbtest", check="both", limit=3600)
def usbtest(t):
    """All its cases except for the isochronous ones, which dummy_hcd cannot do."""
    runs = RUNS if t.all else 1
    t.tablet.sh("modprobe usbtest", 60)
    for speed in (HIGH, SUPER):
        gadget = Gadget(t.dock, "zero", speed).source_sink()
        t.bind(gadget)
        for _ in range(runs):
            run(t, gadget, BULK)
        gadget.remove()
        gadget = Gadget(t.dock, "int", speed).interrupt()
        t.bind(gadget)
        for _ in range(runs):
            run(t, gadget, INTERRUPT)
        gadget.remove()
        t.note(f"{speed} Mbit/s: {runs} runs")
    t.tablet.sh("modprobe -r usbtest")
