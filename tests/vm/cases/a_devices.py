# SPDX-License-Identifier: GPL-2.0
"""Devices of each kind, used on the tablet."""
from lib.common import wait_until
from lib.evdev import BTN_LEFT, EV_ABS, EV_KEY, Recorder, wait_typed
from lib.gadget import HIGH, Gadget
from lib.runner import case
from lib.sound import TONE, Recording

MIB = 1 << 20
GADGET = "/sys/kernel/config/usb_gadget/ut"


def check_disk(t, disk, attachment):
    """Reads all of it, writes into it, and compares on the dock."""
    vm, node = attachment.vm, attachment.node("/dev/sd")
    size = disk.size // MIB
    t.equal(t.sha256(vm, node, size), disk.sha256(), f"{disk.name} as read")

    written = vm.sh("dd if=/dev/urandom of=/tmp/new bs=1M count=3 2>/dev/null;"
                    f"dd if=/tmp/new of={node} bs=64k seek=16 conv=fsync "
                    "2>/dev/null && sha256sum < /tmp/new", 60).split()[0]
    t.equal(disk.sha256(1 * MIB, 3 * MIB), written,
            f"what {disk.name} holds on the dock after fsync")
    t.equal(t.sha256(vm, node, 3, skip=1), written,
            f"{disk.name} as read again")
    t.equal(t.sha256(vm, node, size), disk.sha256(),
            f"all of {disk.name} after the write")


@case("storage", check="both")
def storage(t):
    for super_speed, speed in ((False, 480), (True, 5000)):
        disk = t.plug("disk", 8, super_speed=super_speed)
        t.equal(disk.speed(), speed, "speed on the dock")
        attachment = t.attach(disk)
        t.equal(int(t.tablet.sh("cat /sys/bus/usb/devices/"
                                f"{attachment.busid}/speed")), speed,
                "speed on the tablet")
        check_disk(t, disk, attachment)
        session = t.sessions(t.tablet)[0]
        t.equal(session["state"], "open", "state of the session")
        t.equal(session["peer"], "dock", "peer of the session")
        t.equal(session["tls_version"], "1.3", "TLS version")
        t.check(session["rx_bytes"] > 19 * MIB and
                session["tx_bytes"] > 3 * MIB,
                f"the session counts its bytes: {session}")
        other = t.sessions(t.dock)[0]
        t.equal(other["peer"], "tablet", "peer of the dock's session")
        t.equal((other["role"], other["busid"]), ("dock", disk.busid),
                "the dock's session")
        t.detach(attachment)
        t.wait_status(disk, "available")


def keeps_order(t):
    """Transfers that wait for others of their endpoint, which are split."""
    gadget = Gadget(t.dock, "echo", HIGH).loopback()
    t.bind(gadget)
    attached = gadget.attach(t)
    for direction in ("out", "in"):
        result = t.tablet.run(f"ut-queue {attached.node} {direction} 2>&1", 180)
        t.equal(result.status, 0, f"queue of {direction}: {result.out}")
    t.detach(attached)
    gadget.remove()


@case("pieces")
def pieces(t):
    """A host controller without scatter-gather gets the pieces one by one."""
    limit = "/sys/module/usbip_tls_host/parameters/max_sg"
    before = t.dock.sh(f"cat {limit}")
    t.dock.sh(f"echo 0 > {limit}")
    disk = t.plug("disk", 8, super_speed=True)
    check_disk(t, disk, t.attach(disk))
    keeps_order(t)
    t.dock.sh(f"echo {before} > {limit}")


@case("hid", check="both")
def hid(t):
    keyboard, pointer = t.plug("keyboard"), t.plug("pointer")
    keys = Recorder(t.tablet, t.attach(keyboard).node("/dev/input/event"))
    t.check(wait_typed(t.dock.qmp, keys, ["u", "s", "b", "i", "p", "ret"],
                       t.slow(5)),
            f"the keys arrive in their order: {keys.pressed()}")

    moves = Recorder(t.tablet, t.attach(pointer).node("/dev/input/event"))
    for x, y in ((1000, 2000), (30000, 4000), (16000, 32000)):
        t.dock.qmp.command("input-send-event", events=[
            {"type": "abs", "data": {"axis": "x", "value": x}},
            {"type": "abs", "data": {"axis": "y", "value": y}}])
        wait_until(lambda x=x, y=y: (moves.last(EV_ABS, 0),
                                     moves.last(EV_ABS, 1)) == (x, y),
                   t.slow(5), lambda: f"the pointer is at {x},{y}: "
                   f"{moves.events()[-6:]}")
    for down in (True, False):
        t.dock.qmp.command("input-send-event", events=[
            {"type": "btn", "data": {"button": "left", "down": down}}])
        wait_until(lambda down=down: moves.last(EV_KEY, BTN_LEFT) == int(down),
                   t.slow(5), "the button arrives")
    t.equal(len(t.sessions(t.tablet)), 2, "sessions")


@case("audio", check="both", alone=True)
def audio(t):
    device = t.plug("audio")
    attachment = t.attach(device)
    playback = [node for node in attachment.nodes if node.endswith("p")]
    t.check(playback, f"a playback node appears: {attachment.nodes}")
    before = t.bed.wav.stat().st_size
    card = playback[0].split("pcmC")[1].split("D")[0]
    # An emulated kernel with all its checks cannot keep up with real time: a player
    # that gets nothing out for the length of its buffer gives up.
    real_time = not t.bed.image.debug
    buffer = "" if real_time else "--buffer-time=2000000"
    job = t.tablet.start(f"aplay -D hw:{card},0 {buffer} /srv/tone.wav", 60)
    result = job.wait()
    t.equal(result.status, 0, f"aplay: {result.out}")
    t.check(job.seconds > 3.2,
            f"4 s of sound are not played in less: {job.seconds:.1f} s")
    if real_time:
        t.check("underrun" not in result.out, f"no underrun: {result.out}")
        t.check(job.seconds < 6.5,
                f"4 s of sound take about 4 s: {job.seconds:.1f} s")
    wait_until(lambda: t.bed.wav.stat().st_size > before + 600000, 10,
               "QEMU writes down what the device played")
    heard = Recording(t.bed.wav)
    t.note(f"played {heard.seconds:.2f} s of {heard.frequency:.0f} Hz, "
           f"gaps {heard.gap_seconds:.2f} s, in {job.seconds:.1f} s")
    t.check(heard.seconds > 3.6, f"length {heard.seconds} s")
    if real_time:
        t.check(heard.seconds < 5.0, f"length {heard.seconds} s")
        t.check(heard.gap_seconds < 0.4, f"gaps of {heard.gap_seconds} s")
    t.check(abs(heard.frequency - TONE) < TONE * 0.05,
            f"frequency {heard.frequency}")
    t.check(t.sessions(t.tablet)[0]["tx_bytes"] > 700000,
            "the samples went through the session")


@case("three-devices")
def three_devices(t):
    first, second = t.plug("disk", 6), t.plug("disk", 6, super_speed=True)
    keyboard = t.plug("keyboard")
    devices = [first, second, keyboard]
    jobs = [t.tablet.start(f"usbip-tls attach -r dock -b {d.busid} -w 30 "
                           "--json", 60) for d in devices]
    for job, device in zip(jobs, devices):
        result = job.wait()
        t.equal(result.status, 0, f"attach {device.name}: {result.out}")
    listed = {port["session"]["busid"]: port for port in t.ports(t.tablet)}
    t.equal(sorted(listed), sorted(d.busid for d in devices),
            "bus ids of the ports")
    for device in devices:
        t.equal(listed[device.busid]["device"]["serial"], device.serial,
                f"serial number of {device.name}")

    def node(device, prefix):
        return next(n for n in listed[device.busid]["nodes"]
                    if n.startswith(prefix))

    keys = Recorder(t.tablet, node(keyboard, "/dev/input/event"))
    t.tablet.sh("echo 1 > /proc/sys/vm/drop_caches")
    readers = [t.tablet.start(f"dd if={node(disk, '/dev/sd')} bs=256k "
                              "2>/dev/null | sha256sum", 90)
               for disk in (first, second)]
    t.check(wait_typed(t.dock.qmp, keys, ["t", "l", "s"], t.slow(10)),
            f"keys arrive while both disks are read: {keys.pressed()}")
    for disk, reader in zip((first, second), readers):
        t.equal(reader.wait().out.split()[0], disk.sha256(), disk.name)


def make_gadget(t):
    """A mass storage gadget on the dock's usbip-vudc."""
    t.dock.sh(
        "modprobe -a usbip_vudc libcomposite usb_f_mass_storage && "
        "{ mountpoint -q /sys/kernel/config 2>/dev/null || "
        "grep -q configfs /proc/mounts || "
        "mount -t configfs configfs /sys/kernel/config; } && "
        "dd if=/dev/urandom of=/tmp/gadget.img bs=1M count=4 2>/dev/null && "
        f"mkdir {GADGET} && cd {GADGET} && echo 0x1d6b > idVendor && "
        "echo 0x0104 > idProduct && mkdir strings/0x409 && "
        "echo UTGADGET1 > strings/0x409/serialnumber && "
        "echo usbip-tls > strings/0x409/manufacturer && "
        "echo 'test gadget' > strings/0x409/product && "
        "mkdir configs/c.1 functions/mass_storage.0 && "
        "echo /tmp/gadget.img > functions/mass_storage.0/lun.0/file && "
        "ln -s functions/mass_storage.0 configs/c.1/ && "
        "ls /sys/class/udc && echo usbip-vudc.0 > UDC", 60)


def remove_gadget(t):
    t.dock.sh(f"cd {GADGET} && echo > UDC && rm configs/c.1/mass_storage.0 && "
              "rmdir configs/c.1 functions/mass_storage.0 strings/0x409 && "
              f"cd / && rmdir {GADGET} && rm /tmp/gadget.img && "
              "modprobe -r usbip_vudc")


@case("vudc", check="both")
def vudc(t):
    make_gadget(t)
    shared = t.cli_json(t.tablet, "list", "-r", "dock")["devices"]
    t.equal([d["busid"] for d in shared], ["usbip-vudc.0"],
            "what the dock shares")
    attachment = t.attach("usbip-vudc.0")
    node = attachment.node("/dev/sd")
    want = t.dock.sh("sha256sum < /tmp/gadget.img").split()[0]
    t.equal(t.sha256(t.tablet, node, 4, timeout=120), want, "as read")
    written = t.tablet.sh(
        "dd if=/dev/urandom of=/tmp/new bs=64k count=4 2>/dev/null; "
        f"dd if=/tmp/new of={node} bs=64k seek=8 conv=fsync 2>/dev/null && "
        "sha256sum < /tmp/new", 120).split()[0]
    t.equal(t.dock.sh("dd if=/tmp/gadget.img bs=64k skip=8 count=4 "
                      "2>/dev/null | sha256sum").split()[0], written,
            "what the gadget holds after fsync")
    t.equal(t.sessions(t.dock)[0]["role"], "dock-vudc", "role on the dock")
    t.detach(attachment)
    t.wait_idle()
    remove_gadget(t)


@case("ipv6")
def ipv6(t):
    disk = t.plug("disk", 4)
    shared = t.cli_json(t.tablet, "list", "-r", "fd77::1")["devices"]
    t.equal([d["busid"] for d in shared], [disk.busid], "list over IPv6")
    attachment = t.attach(disk, host="fd77::1")
    for vm, peer in ((t.tablet, "fd77::1"), (t.dock, "fd77::2")):
        address = t.sessions(vm)[0]["peer_addr"]
        t.check(peer in address, f"address of the peer of {vm.name}: "
                f"{address}")
    check_disk(t, disk, attachment)
