# SPDX-License-Identifier: GPL-2.0
"""A tablet that asks for all the memory of a small dock."""
import re

from lib.case import DOCK
from lib.common import wait_until
from lib.runner import case

# usbip-host shares 16 devices, and another tablet wants one of them.
READERS = 15
HUBS = 2
# What ut-peer hoard asks for of each reader.
REQUESTS = 128
HANDSHAKES = 4
ENOUGH = "/tmp/enough"
OOM = re.compile(r"out of memory|oom-kill|oom_reaper|page allocation failure",
                 re.I)


def available(t):
    """MiB that the dock has left."""
    return int(t.dock.sh(
        "awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo"))


def hoarders(t, readers):
    """Starts a tablet with its own name for each reader; returns the jobs."""
    t.tablet.sh(f"rm -f {ENOUGH} /tmp/hoard-*")
    jobs = []

    def hoarding():
        return int(t.tablet.run("cat /tmp/hoard-* | grep -c ^hoarding").out)

    for number, reader in enumerate(readers):
        jobs.append(t.tablet.start(
            f"exec ut-peer hoard {DOCK} 3240 -d /pki/tablet2 -b {reader.busid} "
            f"-t 60 {ENOUGH} > /tmp/hoard-{number} 2>&1", 400))
        # A dock does eight handshakes with one address at a time.
        wait_until(lambda behind=len(jobs) - HANDSHAKES: hoarding() > behind,
                   t.slow(30), lambda: "all hoard: " +
                   t.tablet.run("cat /tmp/hoard-*").out)
    wait_until(lambda: hoarding() == len(readers), t.slow(30), lambda:
               "all hoard: " + t.tablet.run("cat /tmp/hoard-*").out)
    return jobs


def open_requests(t):
    return [s["open_urbs"] for s in t.sessions(t.dock)
            if s["peer"] == "tablet2"]


@case("memory", boot="mem=256M", limit=600, debug=False)
def memory(t):
    """16 devices, nearly 2 GiB of requests that no device answers, and a dock with
    256 MiB."""
    hubs = [t.usb.hub() for _ in range(HUBS)]
    *readers, left_alone = [t.plug("card_reader", hubs[number % HUBS])
                            for number in range(READERS)]
    mine = t.plug("disk", 8)
    total = int(t.dock.sh("awk '/^MemTotal/ { print int($2 / 1024) }' "
                          "/proc/meminfo"))
    t.check(total <= 256, f"the dock is small: {total} MiB")
    before = available(t)
    jobs = hoarders(t, readers)
    # The requests that fit are with the device; the others wait. Each session has a
    # limit, and so has the tablet.
    wait_until(lambda: "begins" in "\n".join(
        line for line in t.trace(t.dock) if "usbip_tls_wait" in line),
        t.slow(20), "requests wait for memory")
    left = available(t)
    t.note(f"{before} MiB available before, {left} with "
           f"{sum(open_requests(t))} of {len(jobs) * REQUESTS} requests of 1 MiB "
           "let in")
    # The pool of this tablet, 16 MiB, and 2 MiB for each session.
    t.check(16 <= sum(open_requests(t)) <= 48,
            f"as many as there is room for: {open_requests(t)}")
    t.check(before - left < 80, f"{before} MiB available before, {left} now")

    # Another tablet gets what it needs.
    attachment = t.attach(mine)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 8), mine.sha256(),
            "a disk that another tablet reads meanwhile")
    t.detach(attachment)

    # The dock notices when it leaves, although a waiting write is in the way.
    result = t.tablet.run(f"ut-peer hoard {DOCK} 3240 -d /pki/tablet2 "
                          f"-b {left_alone.busid} 2>&1", 90)
    t.equal(result.status, 0, f"a hoarder that leaves: {result.out}")
    t.wait_status(left_alone, "available")

    # Unlinks pass what waits, in the wrong order, too.
    t.tablet.sh(f"touch {ENOUGH}")
    for number, job in enumerate(jobs):
        result = job.wait()
        out = t.tablet.sh(f"cat /tmp/hoard-{number}")
        t.equal(result.status, 0, f"hoarder {number}: {out}")
        t.check(f"unlinked {REQUESTS}" in out, f"hoarder {number}: {out}")
    t.wait_idle()
    wait_until(lambda: available(t) > before - 16, t.slow(20), lambda:
               f"memory comes back: {before} MiB before, {available(t)} now")
    log = t.dock.sh("dmesg")
    t.check(not OOM.search(log), f"the dock never ran out of memory: {log}")
    attachment = t.attach(mine)
    t.detach(attachment)
