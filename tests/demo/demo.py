#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The demonstration behind demo.sh: two machines, a stick and a keyboard."""
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/vm"))

# pylint: disable=wrong-import-position
from lib import accel, vm  # noqa: E402
from lib.bed import Bed, Image  # noqa: E402
from lib.case import DOCK, Case  # noqa: E402
from lib.common import BedError, CaseFailure, wait_until  # noqa: E402
from lib.evdev import Recorder, wait_typed  # noqa: E402

LIMIT = 1200
STICK_MIB = 32


class Narrator:
    number = 1

    @classmethod
    def step(cls, text):
        cls.number += 1
        print(f"\n{cls.number}. {text}", flush=True)

    @staticmethod
    def say(text):
        for line in str(text).splitlines():
            print(f"     {line}", flush=True)

    @classmethod
    def show(cls, machine, result):
        """A command that was run, with what it said."""
        cls.say(f"{machine.name}# {result.command}")
        cls.say("  " + result.out.replace("\n", "\n  "))
        if result.status:
            raise CaseFailure(f"exit code {result.status}")


step, say, show = Narrator.step, Narrator.say, Narrator.show


def prepare(kernel, directory):
    step(f"Debian's kernel {kernel}, the programs, the modules, certificates")
    say("Kernels come from Debian once and stay in "
        f"{os.environ.get('USBIP_TLS_CACHE', '/var/cache/usbip-tls')}.")
    image = Image(kernel, directory)
    image.build()
    say(f"Kernel {image.release}; our modules are built out of its tree.")
    say("A private CA was made, and one certificate each for dock and tablet.")
    return image


def boot(image, directory):
    emulated = image.accel is accel.TCG
    step("Booting two machines that share one wire: a dock and a tablet")
    if emulated:
        say("KVM does not work here, so both are emulated and slow.")
    started = time.monotonic()
    bed = Bed(image, directory / "bed")
    demo = Case("demo", bed)
    demo.prepare()
    say(f"Both are up after {time.monotonic() - started:.1f} s; usbip-tlsd "
        "runs on both.")
    return demo


def plug(demo):
    step("A USB stick and a keyboard are plugged into the dock")
    stick, keyboard = demo.usb.disk(STICK_MIB, super_speed=True), \
        demo.usb.keyboard()
    pattern = (f"/sys/bus/usb/devices/{stick.busid}/{stick.busid}:*/host*/"
               "target*/*/block/*")
    node = wait_until(lambda: demo.dock.run(
        f"for n in {pattern}; do [ -e $n ] && n=/dev/$(basename $n) && "
        "[ -b $n ] && echo $n; done; :").out, 30, "the dock finds the stick")
    checksum = demo.sha256(demo.dock, node, STICK_MIB)
    say(f"The stick is {node} on the dock, {STICK_MIB} MiB; sha256 as the "
        "dock reads it:")
    say(f"  {checksum}")
    step("The dock shares both: they leave its own drivers")
    for device in (stick, keyboard):
        show(demo.dock, demo.cli(demo.dock, "bind", "-b", device.busid))
    return stick, keyboard, checksum


def attach(demo, stick, keyboard):
    step("The tablet asks the dock over TLS 1.3, each showing its certificate")
    show(demo.tablet, demo.cli(demo.tablet, "list", "-r", DOCK))
    step("The tablet attaches both")
    attached = []
    for device in (stick, keyboard):
        one = demo.attach(device)
        attached.append(one)
        say(f"{device.name} ({device.busid} on the dock): port {one.port}, "
            f"{' '.join(one.nodes)}")
        say(f"  attach time: {one.seconds:.2f} s")
    step("What the kernel's session table says; no user process touches a "
         "USB byte")
    show(demo.tablet, demo.cli(demo.tablet, "status"))
    return attached


def type_keys(demo, attachment):
    step("Somebody types \"usbip\" on the dock's keyboard")
    keys = Recorder(demo.tablet, attachment.node("/dev/input/event"))
    if not wait_typed(demo.dock.qmp, keys, list("usbip"), 20):
        raise CaseFailure(f"other keys arrived: {keys.pressed()}")
    say(f"The tablet got the key codes {keys.pressed()}: u s b i p.")


def read_stick(demo, attachment, checksum):
    step("The tablet reads the whole stick")
    node = attachment.node("/dev/sd")
    demo.tablet.sh("echo 1 > /proc/sys/vm/drop_caches")
    job = demo.tablet.start(f"dd if={node} bs=1M 2>/tmp/dd.err | sha256sum",
                            300)
    got = job.wait().out.split()[0]
    say(f"read speed: {STICK_MIB / job.seconds:.1f} MiB/s, checksum included"
        + (" (both machines emulated)" if demo.bed.image.accel is accel.TCG
           else ""))
    say(f"sha256 on the dock:   {checksum}")
    say(f"sha256 on the tablet: {got}")
    return got == checksum


def run(kernel, directory):
    image = prepare(kernel, directory)
    demo = boot(image, directory)
    try:
        stick, keyboard, checksum = plug(demo)
        attached = attach(demo, stick, keyboard)
        type_keys(demo, attached[1])
        equal = read_stick(demo, attached[0], checksum)
        step("The tablet detaches both; the dock has them back")
        for one in attached:
            show(demo.tablet, demo.cli(demo.tablet, "detach", "-p", one.port))
        demo.finish()
        show(demo.tablet, demo.cli(demo.tablet, "status"))
    finally:
        demo.bed.close()
    print(f"\nThe checksums {'agree' if equal else 'DIFFER'}.", flush=True)
    return 0 if equal else 1


def on_signal(number, _frame):
    vm.kill_all()
    print(f"demo: stopped by signal {number}", file=sys.stderr, flush=True)
    os._exit(1)


def main():
    os.chdir(TOP)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
                   signal.SIGALRM):
        signal.signal(number, on_signal)
    signal.alarm(LIMIT)
    directory = Path(tempfile.mkdtemp(prefix="ut-demo-"))
    started = time.monotonic()
    try:
        status = run(sys.argv[1] if len(sys.argv) > 1 else "6.1", directory)
    except (BedError, CaseFailure) as err:
        print(f"\ndemo: {err}", file=sys.stderr)
        status = 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{time.monotonic() - started:.0f} s in all.")
    return status


if __name__ == "__main__":
    sys.exit(main())
