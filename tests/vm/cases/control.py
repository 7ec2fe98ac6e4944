# SPDX-License-Identifier: GPL-2.0
"""Requests to the daemon: reload, status, watch; and sleep."""
import json
import re
import time

from cases.hotplug import alone, session_ids, wait_gone, wait_ready
from lib.case import CONFIG
from lib.common import TOP, Skip, wait_until
from lib.runner import case

HOOK = "/usr/lib/systemd/system-sleep/usbip-tls"
EVENTS = "/tmp/events"


def watch(t, vm):
    """Begins to write the events of a daemon into a file."""
    vm.sh(f"rm -f {EVENTS}; setsid usbip-tls watch --json > {EVENTS} 2> "
          f"{EVENTS}.err < /dev/null & :")
    wait_until(lambda: "watching" in vm.run(f"cat {EVENTS}.err").out,
               t.slow(5), f"{vm.name} is watched")


def events(vm):
    return [json.loads(line) for line in vm.sh(f"cat {EVENTS}").splitlines()]


def wait_event(t, vm, name, **members):
    def find():
        return [event for event in events(vm) if event["event"] == name and
                all(event[key] == value for key, value in members.items())]
    wait_until(find, t.slow(10), lambda: f"{vm.name} tells of {name} "
               f"{members}; it told: {events(vm)}")
    return find()[0]


def daemon(t, vm):
    daemons = t.cli_json(vm, "status")["daemons"]
    t.equal(len(daemons), 1, f"daemons of {vm.name}")
    return daemons[0]


def remote(t, device):
    """What the tablet's daemon says of a device of the dock."""
    dock, = daemon(t, t.tablet)["tablet"]["docks"]
    return next((one for one in dock["devices"]
                 if one["busid"] == device.busid), None)


def local(t, device):
    """What the dock's daemon says of its own device."""
    return next(one for one in daemon(t, t.dock)["dock"]["devices"]
                if one["busid"] == device.busid)


def configure(t, vm, **config):
    vm.put(CONFIG, t.config(vm.name, **config))


def reload_ok(t, vm):
    result = t.cli(vm, "reload")
    t.equal(result.status, 0, f"reload: {result.out}")


def refused(t, vm, line):
    """A file with a mistake in its last line: it is reported; nothing changes."""
    vm.sh(f"echo '{line}' >> {CONFIG}")
    number = int(vm.sh(f"wc -l < {CONFIG}"))
    result = t.cli(vm, "reload")
    t.equal(result.status, 13, f"reload of a broken file: {result.out}")
    t.check(f"{CONFIG}:{number}: " in result.out,
            f"file and line {number} in: {result.out}")
    t.check("the old configuration stays" in result.out, result.out)
    # The same by signal, for users without the command at hand.
    length = len(t.log(vm))
    vm.sh("kill -HUP $(cat /run/usbip-tlsd.pid)")
    t.wait_log(vm, f"old configuration stays: {CONFIG}:{number}: ",
               after=length)


@case("reload", check="6.1")
def reload(t):
    alone(t, attach="allow class=storage", rules=("rule = allow class=08",))
    watch(t, t.dock)
    watch(t, t.tablet)
    disk, keyboard = t.usb.disk(4), t.usb.keyboard()
    wait_ready(t, [disk])
    before = session_ids(t)
    node = next(node for node in t.ports(t.tablet)[0]["nodes"]
                if node.startswith("/dev/sd"))
    wait_event(t, t.dock, "device-added", busid=keyboard.busid)
    told = local(t, keyboard)
    t.equal((told["status"], told["verdict"], told["why"]),
            ("not-bound", "deny", "no rule matches"), "the keyboard")
    t.equal(local(t, disk)["user"], "tablet", "who has the disk")
    t.equal(remote(t, disk)["state"], "attached", "the disk")

    # A read continues through all that follows.
    t.tablet.sh("rm -f /tmp/enough")
    job = t.tablet.start(
        f"while [ ! -e /tmp/enough ]; do echo 1 > /proc/sys/vm/drop_caches; "
        f"dd if={node} bs=1M count=4 2>/dev/null | sha256sum; done", 120)

    # The dock now offers the keyboard; the tablet does not take it yet.
    configure(t, t.dock, dock=["auto_bind = yes"])
    reload_ok(t, t.dock)
    wait_event(t, t.dock, "reloaded")
    wait_until(lambda: remote(t, keyboard), t.slow(10),
               "the tablet is told of the keyboard")
    told = remote(t, keyboard)
    t.equal(told["state"], "denied", f"the keyboard: {told}")
    t.check("no rule" in told["why"], f"why: {told['why']}")
    wait_event(t, t.tablet, "device-refused", busid=keyboard.busid)

    refused(t, t.dock, "rule = sometimes")
    wait_event(t, t.dock, "reload-failed")
    t.equal(local(t, keyboard)["verdict"], "allow", "after a failed reload")
    refused(t, t.tablet, "[tablet")
    t.equal(remote(t, keyboard)["state"], "denied", "after a failed reload")

    configure(t, t.tablet, tablet=["dock = dock", "attach = allow",
                                   "retry_min = 1"])
    reload_ok(t, t.tablet)
    wait_ready(t, [disk, keyboard])
    wait_event(t, t.tablet, "device-attached", busid=keyboard.busid)
    wait_event(t, t.tablet, "session-opened", busid=keyboard.busid,
               peer="dock")
    after = session_ids(t)
    t.check(set(before) < set(after), f"sessions {before} are in {after}")
    t.tablet.sh("touch /tmp/enough")
    sums = [line.split()[0] for line in job.wait().out.splitlines()]
    t.equal(set(sums), {disk.sha256()}, f"what {len(sums)} reads have read")
    text = t.cli(t.tablet, "status").out
    t.check(re.search(r"attached at port \d", text) and "/s sent" in text,
            f"status for a person: {text}")
    t.usb.unplug_all()
    wait_event(t, t.tablet, "device-removed", busid=disk.busid)
    wait_event(t, t.tablet, "session-closed", busid=disk.busid)
    wait_gone(t)
    t.note(f"{len(sums)} reads of a disk went on through six reloads, four of them refused")


# --- sleep ---

def install_hook(t):
    t.tablet.put(HOOK, (TOP / "helper/etc/systemd/usbip-tls-sleep")
                 .read_text())
    t.tablet.sh(f"chmod 755 {HOOK}; mkdir -p /mnt")
    if t.tablet.run("modprobe ext4", 60).status:
        raise Skip("no file system in this kernel")


def hook(t, word):
    """What systemd does; returns its output and how long it took."""
    started = time.monotonic()
    result = t.tablet.run(f"{HOOK} {word}", 90)
    t.equal(result.status, 0, f"the hook with {word}: {result.out}")
    return result.out, time.monotonic() - started


def try_to_sleep(t):
    """All of suspend-to-idle except for the last step: devices only."""
    return t.tablet.run("echo devices > /sys/power/pm_test; "
                        "echo freeze > /sys/power/state; status=$?; "
                        "echo none > /sys/power/pm_test; exit $status", 60)


def can_sleep(t):
    """Why this kernel cannot try, or an empty text."""
    vm = t.tablet
    if "freeze" not in vm.run("cat /sys/power/state").out:
        return "the guest's kernel has no suspend to idle"
    if not vm.exists("/sys/power/pm_test"):
        return "the guest's kernel has no /sys/power/pm_test"
    vm.run("echo 1 > /sys/module/suspend/parameters/pm_test_delay")
    return ""


def attached_disk(t):
    return next(node for port in t.ports(t.tablet) for node in port["nodes"]
                if re.fullmatch("/dev/sd[a-z]", node))


@case("suspend")
def suspend(t):
    vm = t.tablet
    install_hook(t)
    alone(t)
    devices = [t.usb.disk(8, filesystem=True), t.usb.keyboard()]
    wait_ready(t, devices, 20)
    vm.sh(f"mount -t ext4 {attached_disk(t)} /mnt && "
          "echo 'not written yet' > /mnt/note", 30)
    why_not = can_sleep(t)
    if why_not:
        t.left_out(f"no real suspend: {why_not}")
    else:
        t.check(try_to_sleep(t).status, "it sleeps with devices attached")
        t.equal(len(t.ports(vm)), 2, "ports after a suspend that failed")

    text, seconds = hook(t, "pre")
    t.check(re.search(r"/mnt \(/dev/sd\w\) was in use, and is written", text),
            f"the report names the mount: {text}")
    t.check("2 devices detached" in text, text)
    t.equal(t.ports(vm), [], "ports in use after the hook")
    t.equal(b"not written yet" in devices[0].path.read_bytes(), True,
            "the file is on the disk of the dock")
    t.note(f"pre: {seconds:.1f} s; " + "; ".join(text.splitlines()))
    for device in devices:
        t.wait_status(device, "available")
    tablet = daemon(t, vm)["tablet"]
    t.equal(tablet["suspended"], True, "suspended")
    t.check(not any(one["state"] == "attached" for dock in tablet["docks"]
                    for one in dock["devices"]), f"left alone: {tablet}")
    if not why_not:
        result = try_to_sleep(t)
        t.equal(result.status, 0, f"suspend after the hook: {result.out}\n"
                + vm.run("dmesg | tail -30").out)
    vm.run("umount -l /mnt")

    started = time.monotonic()
    hook(t, "post")
    wait_ready(t, devices, 10)
    t.note(f"post: both back {time.monotonic() - started:.1f} s after it began")
    # It was pulled out while mounted; if mounted for writing, the kernel warns.
    vm.sh(f"mount -r -t ext4 {attached_disk(t)} /mnt", 30)
    t.equal(vm.sh("cat /mnt/note"), "not written yet", "the file")
    vm.sh("umount /mnt")
    alone_without_daemon(t, devices)
    t.usb.unplug_all()
    wait_gone(t)


def alone_without_daemon(t, devices):
    """The command does it without the daemon, and says so."""
    t.stop_daemon(t.tablet)
    answer = t.cli_json(t.tablet, "suspend")
    t.equal((answer["daemons"], [port["detached"] for port in
                                 answer["ports"]]),
            (0, [True, True]), "suspend without a daemon")
    t.equal(t.ports(t.tablet), [], "ports in use")
    result = t.cli(t.tablet, "resume")
    t.equal(result.status, 0, "resume without a daemon")
    t.check("does not run here" in result.out, result.out)
    t.equal(t.cli(t.tablet, "reload").status, 5, "reload without a daemon")
    t.start_daemon(t.tablet, t.config("tablet", tablet=[
        "dock = dock", "attach = allow dock=dock", "retry_min = 1"]))
    wait_ready(t, devices, 20)
