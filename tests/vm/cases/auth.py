# SPDX-License-Identifier: GPL-2.0
"""Strangers: who is refused, what both sides are told, what it costs."""
import re

from lib.case import CONFIG, DOCK
from lib.common import wait_until
from lib.runner import case

CERTIFICATE, REFUSED, UNREACHABLE, PROTOCOL = 9, 8, 7, 14

# USB/IP 1.1.1: requests without TLS, and the answer "not available".
ASK_LIST = "0111800500000000"
ASK_IMPORT = "0111800300000000" + b"1-1".hex().ljust(64, "0")
NO_LIST, NO_IMPORT = "0111000500000001", "0111000300000001"
# An alert in the clear: unexpected_message.
ALERT_UNEXPECTED = re.compile("15030[0-4]0002020a")

TLS12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2"

# Tablets whose certificate does not let them in:
# certificate: (reason in the dock's log, alert, what the tablet says)
BAD_TABLETS = {
    "revoked": ("revoked", 44, "our certificate is revoked"),
    "expired": ("expired", 45, "our certificate has expired: it ended on "
                "2020-01-1"),
    "future": ("not-yet-valid", 45, "our certificate is not valid yet: it "
               "begins on 2049-01-01"),
    "dock": ("wrong-role", 43, "our certificate is not for a tablet"),
    "stranger": ("unknown-ca", 48, "does not know the CA of our certificate"),
}
# Docks likewise: certificate: (alert in the dock's log, what the tablet says)
BAD_DOCKS = {
    "dock-revoked": (44, "has a certificate that is revoked"),
    "dock-expired": (45, r"the certificate of dock \S+ has expired: it ended "
                     "on 2020-01-1"),
    "dock-future": (45, r"the certificate of dock \S+ is not valid yet: it "
                    "begins on 2049-01-01"),
    "tablet": (43, "has a certificate that is not for a dock"),
    "dock-stranger": (48, "has a certificate that is not from our CA"),
    "dock-other-name": (49, r"the certificate of dock 10\.77\.0\.1 is for "
                        r'"dock-other-name", not for "10\.77\.0\.1"'),
}


class Strangers:
    """Tries to get in and checks what both sides say."""

    def __init__(self, t, disk):
        self.t = t
        product = t.dock.sh(f"cat /sys/bus/usb/devices/{disk.busid}/product")
        self.secrets = [disk.serial, disk.busid + " ", product, "46f4"]
        self.mark = 0

    def begin(self):
        self.mark = len(self.t.log(self.t.dock))

    def logged(self, *reasons):
        """The dock has refused for these reasons, in this order, and no others."""
        def found():
            return re.findall(r"refused \(([a-z-]+)\)",
                              self.t.log(self.t.dock)[self.mark:])
        wait_until(lambda: len(found()) >= len(reasons), self.t.slow(5),
                   lambda: f"the dock logs {reasons}: "
                   f"{self.t.log(self.t.dock)[self.mark:]}")
        self.t.equal(found(), list(reasons), "reasons in the dock's log")

    def tablet(self, what, code, words, *options, config=None):
        """usbip-tls on the tablet fails like this, for list and attach."""
        for verb in (["list"], ["attach", "-b", "1-1"]):
            result = self.t.cli(self.t.tablet, *verb, "-r", DOCK, *options,
                                config=config)
            about = f"{what}: {verb[0]}: {result.out}"
            self.t.equal(result.status, code, f"exit code, {about}")
            self.t.check(re.search(f"^usbip-tls: .*{words}", result.out, re.M),
                         f"it says /{words}/, {about}")
            self.t.check(re.search("^hint: ", result.out, re.M),
                         f"a hint names the next step, {about}")
            for secret in self.secrets:
                self.t.check(secret not in result.out,
                             f"nothing about devices is revealed, {about}")

    def program(self, *argv, vm=None):
        """Runs ut-stranger; returns (data, end, the rest)."""
        vm = vm or self.t.tablet
        out = vm.sh("ut-stranger " + " ".join(argv), 60)
        lines = dict(line.partition(" ")[::2] for line in out.splitlines())
        return lines.get("data"), lines.get("end"), lines.get("handshake")

    def tls(self, what, reason, alert, *options):
        """TLS without our client; not one byte of data may arrive."""
        self.begin()
        data, end, _ = self.program("tls", DOCK, "3240", *options)
        self.t.equal((data, end), ("", f"alert {alert}"), f"{what}: data, end")
        self.logged(reason)

    def raw(self, what, send, reason, answer):
        """No TLS at all."""
        self.begin()
        data, end, _ = self.program("raw", DOCK, "3240", "-s", send)
        self.t.check(re.fullmatch(answer, data), f"{what}: answer {data}")
        self.t.equal(end, "truncated", f"{what}: the dock hangs up")
        self.logged(reason)


def pair(name):
    return ["-c", f"/pki/{name}/cert.pem", "-k", f"/pki/{name}/key.pem"]


def bad_tablets(t, strangers):
    """Our client with certificates the dock must not take."""
    for name, (reason, _, words) in BAD_TABLETS.items():
        path = f"/tmp/{name}.conf"
        # The tablet itself trusts the dock, so it is the dock that refuses.
        config = t.config(name).replace(f"/pki/{name}/c", "/pki/tablet/c")
        config = config.replace("/pki/tablet/cert", f"/pki/{name}/cert")
        t.tablet.put(path, config)
        strangers.begin()
        strangers.tablet(name, CERTIFICATE, words, config=path)
        strangers.logged(reason, reason)


def bad_clients(t, strangers):
    """Other programs; every byte that comes back is checked."""
    t.restart_dock()
    for name, (reason, alert, _) in BAD_TABLETS.items():
        strangers.tls(name, reason, alert, *pair(name))
    strangers.tls("no certificate", "no-certificate", 116)
    strangers.tls("TLS 1.2", "version", 70, *pair("tablet"), "-p", TLS12)
    strangers.raw("plain list", ASK_LIST, "plain-usbip", NO_LIST)
    strangers.raw("plain import", ASK_IMPORT, "plain-usbip", NO_IMPORT)
    strangers.raw("HTTP", b"GET / HTTP/1.0\r\n\r\n".hex(), "not-tls",
                  ALERT_UNEXPECTED)
    strangers.raw("garbage", "ff" * 600, "not-tls", ALERT_UNEXPECTED)
    strangers.raw("garbage in a ClientHello", "16030100ff" "010000fb" +
                  "a5" * 251, "handshake", "15030[0-4]000202..")


def control(t, strangers, disk):
    """The same program, with a good certificate, is told everything."""
    data, end, version = strangers.program("tls", DOCK, "3240",
                                           *pair("tablet"))
    t.equal((end, version), ("closed", "TLS1.3"), "end of a good connection")
    t.check(disk.serial.encode().hex() in data, f"the list holds the serial "
            f"number of the disk: {data}")


def bad_docks(t, strangers):
    """Docks the tablet must not take."""
    for name, (alert, words) in BAD_DOCKS.items():
        t.restart_dock(certificate=name)
        strangers.begin()
        strangers.tablet(name, CERTIFICATE, words)
        strangers.logged("alert", "alert")
        log = t.log(t.dock)[strangers.mark:]
        t.equal(re.findall(r"it refused us: alert (\d+)", log),
                [str(alert)] * 2, f"{name}: alerts in the dock's log")


def other_refusals(t, strangers):
    """A name that is not the dock's, and a tablet that is not on the list."""
    t.restart_dock(dock=["allow_tablets = kitchen-*"])
    strangers.begin()
    strangers.tablet("allow_tablets", REFUSED, "does not allow this tablet")
    strangers.logged("not-allowed", "not-allowed")
    strangers.begin()
    strangers.tablet("--dock-name", CERTIFICATE, 'is for "dock", not for '
                     '"attic"', "--dock-name", "attic")
    strangers.logged("alert", "alert")


def false_docks(t, strangers):
    """Something other than a dock listens on the port."""
    good = pair("dock")
    for what, argv, code, words in (
            ("TLS 1.2", ["serve-tls", *good, "-p", TLS12], REFUSED,
             "refuses our"),
            ("plain USB/IP", ["serve-raw", "-s", NO_LIST], PROTOCOL,
             "speaks USB/IP without TLS"),
            ("garbage", ["serve-raw", "-s", "ff" * 600], PROTOCOL,
             "does not speak TLS"),
            ("silence", ["serve-raw"], UNREACHABLE,
             "closed the connection without a word")):
        job = t.dock.start(" ".join(["ut-stranger", argv[0], "3241",
                                     *argv[1:]]), 60)
        wait_until(lambda: ":3241 " in t.dock.sh("netstat -ltn"), t.slow(5),
                   "the false dock listens")
        result = t.cli(t.tablet, "list", "-r", DOCK, "--tcp-port", "3241")
        t.equal(result.status, code, f"exit code, {what}: {result.out}")
        t.check(re.search(f"^usbip-tls: .*{words}", result.out, re.M),
                f"it says /{words}/, {what}: {result.out}")
        t.equal("min_version = 1.2" in result.out, what == "TLS 1.2",
                f"the hint to min_version, {what}: {result.out}")
        seen = job.wait()
        t.equal(seen.status, 0, f"ut-stranger: {seen.out}")
        t.check(ASK_LIST not in seen.out, f"{what}: nothing was asked")
    strangers.tablet("nobody", UNREACHABLE, "Connection refused",
                     "--tcp-port", "3241")


@case("auth", check="6.1", limit=600)
def auth(t):
    disk = t.plug("disk", 2)
    strangers = Strangers(t, disk)
    bad_tablets(t, strangers)
    bad_clients(t, strangers)
    control(t, strangers, disk)
    other_refusals(t, strangers)
    bad_docks(t, strangers)
    t.restart_dock()
    false_docks(t, strangers)
    for vm in (t.dock, t.tablet):
        t.equal([line for line in t.trace(vm) if "usbip_tls_session:" in line],
                [], f"sessions of {vm.name} so far")
    attachment = t.attach(disk)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 2), disk.sha256(),
            "sha256 for the tablet that may")


# Addresses the crowds come from; together within max_per_address of each.
FIRST, ADDRESSES = 100, 25
# How many connections a dock has at once by default.
MAX_CONNECTIONS = 64


class Crowd:
    """ut-crowd on the tablet: 200 connections of a kind; on the debug kernel,
    where a worker takes its time, as many as come before their deadline."""

    def __init__(self, t, kind):
        self.t = t
        self.kind = kind
        self.size = 50 if t.bed.image.debug else 200
        self.file = f"/tmp/crowd-{kind}"
        self.job = t.tablet.start(
            f"rm -f {self.file}; exec ut-crowd {kind} {DOCK} 3240 {self.size} "
            f"10.77.0.{FIRST} {ADDRESSES} {self.file}", 240)

    def counts(self):
        if not self.job.running():
            self.t.check(False, f"ut-crowd {self.kind} has ended: "
                         f"{self.job.wait().out}")
        out = self.t.tablet.run(f"cat {self.file}").out
        return {key: int(value) for key, value in
                re.findall(r"(\w+)=(\d+)", out)}

    def wait(self, key, timeout):
        wait_until(lambda: self.counts().get(key) == self.size,
                   self.t.slow(timeout), lambda: f"all connections are "
                   f"{key} ({self.kind}): {self.counts()}")


def attach_time(t, disk, vm=None, look=None):
    """Attaches, looks, and detaches: (seconds to attach, what was seen)."""
    attachment = t.attach(disk, vm=vm)
    seen = look and look()
    t.detach(attachment)
    t.wait_status(disk, "available")
    return attachment.seconds, seen


def attach_times(t, disk, count, vm=None):
    return [attach_time(t, disk, vm)[0] for _ in range(count)]


def daemon_size(t):
    """(processes, descriptors of the first) of the dock's daemon."""
    pids = t.dock.sh("pidof usbip-tlsd").split()
    main = t.dock.sh("cat /run/usbip-tlsd.pid")
    # ls may complain about descriptors that are closed meanwhile.
    found = t.dock.run(f"ls /proc/{main}/fd").out.split()
    return len(pids), sum(name.isdigit() for name in found)


def settled(silent, handshake):
    """Both crowds have been let in or turned away."""
    mute, talks = silent.counts(), handshake.counts()
    left = silent.size + handshake.size - mute["closed"] - talks["closed"]
    return left <= MAX_CONNECTIONS and \
        talks["answered"] >= handshake.size - talks["closed"]


def besieged(t, disk, usual, held):
    """Attaches while both crowds are there. held: none of them is evicted."""
    before = daemon_size(t)
    crowds = [Crowd(t, "silent"), Crowd(t, "handshake")]
    for crowd in crowds:
        crowd.wait("offered", 20)
    if held:
        crowds[1].wait("answered", 60)
    else:
        # 400 of them keep an emulated dock busy for ten seconds.
        wait_until(lambda: settled(*crowds), t.slow(30),
                   lambda: "the dock has turned away what is too much, and "
                   f"answered the rest: {[crowd.counts() for crowd in crowds]}")
    times = []
    # On a slow machine the last of them are sent away before the third attach.
    while len(times) < 3:
        seconds, counts = attach_time(
            t, disk, look=lambda: [crowd.counts() for crowd in crowds])
        closed = sum(count["closed"] for count in counts)
        if closed == sum(crowd.size for crowd in crowds):
            break
        times.append(seconds)
    t.check(times, f"a tablet attaches while they are there: {counts}")
    t.note(f"attach {usual} s alone, {times} s besieged; {counts}")
    limit = 3 * max(usual) + t.slow(0.5)
    t.check(max(times) <= limit, f"a tablet attaches in its usual time, "
            f"{usual} s, also now: {times} s, limit {limit:.1f} s")
    if held:
        t.equal(closed, 0, f"connections that were closed meanwhile: {counts}")
    t.tablet.sh("kill $(pidof ut-crowd)")
    for crowd in crowds:
        crowd.job.wait()
    wait_until(lambda: daemon_size(t) == before, t.slow(20), lambda:
               f"the daemon is as small as before, {before}: "
               f"{daemon_size(t)}")


@case("silent-clients", alone=True, limit=400)
def silent_clients(t):
    t.tablet.sh(f"for i in $(seq {FIRST} {FIRST + ADDRESSES - 1}); do "
                "ip addr add 10.77.0.$i/24 dev eth0 || exit 1; done")
    disk = t.plug("disk", 2)
    # The default's deadline is over before an emulated dock has looked at all.
    t.restart_dock(dock=["handshake_timeout = 60"])
    usual = attach_times(t, disk, 3)
    besieged(t, disk, usual, held=False)
    # All of them at once, without delaying each other.
    t.restart_dock(dock=["max_connections = 500", "max_per_address = 500",
                         "handshake_timeout = 60"])
    besieged(t, disk, usual, held=True)
    t.tablet.sh(f"for i in $(seq {FIRST} {FIRST + ADDRESSES - 1}); do "
                "ip addr del 10.77.0.$i/24 dev eth0 || exit 1; done")


def forks(vm):
    """Processes that the machine has started since it booted."""
    return int(vm.sh("sed -n 's/^processes //p' /proc/stat"))


@case("flood", alone=True, limit=300)
def flood(t):
    """One tablet connects much more often than it may; another one does not
    notice."""
    # An emulated machine and our relay cannot do more: test_dock_flood shows what
    # 5000 a second do to the daemon. On the debug kernel a dock can do no more than
    # one worker a second: that run is for the kernel's reports and says nothing about
    # time.
    debug = t.bed.image.debug
    rate, factor = (1, 25) if debug else (2, 100)
    patient = 60 if debug else 10
    other = t.third()
    other.put(CONFIG, t.config("tablet2",
                               tablet=[f"connect_timeout = {patient}"]))
    disk = t.plug("disk", 2)
    t.restart_dock(dock=[f"max_rate = {rate}", f"handshake_timeout = {patient}"])
    usual = attach_times(t, disk, 3, other)
    before = daemon_size(t), forks(t.dock)
    job = t.tablet.start(f"exec ut-flood {DOCK} 3240 {t.slow(60):.0f} "
                         f"{factor * rate}", 300)
    wait_until(lambda: "refused (rate)" in t.log(t.dock), t.slow(10),
               lambda: f"the dock turns them away: {t.log(t.dock)}")
    besieged_times = attach_times(t, disk, 3, other)
    t.check(job.running(), "the flood goes on meanwhile")
    t.tablet.sh("kill $(pidof ut-flood)")
    out = job.wait().out
    started = forks(t.dock) - before[1]
    found = {key: float(value)
             for key, value in re.findall(r"(\w+)=([\d.]+)", out)}
    came = found["connected"] + found["refused"]
    t.check(came > 20 * rate * found["seconds"], f"it was a flood: {found}")
    t.note(f"{came / found['seconds']:.0f} connections a second, {started} "
           f"processes; attach {usual} s alone, {besieged_times} s meanwhile")
    # This many a second are let in; the rest are commands of this test.
    t.check(started < 1.25 * rate * found["seconds"] + 800,
            f"processes on the dock: {started} for {came} connections")
    limit = 3 * max(usual) + t.slow(patient if debug else 0.5)
    t.check(max(besieged_times) <= limit, "the other tablet attaches in its "
            f"usual time, {usual} s: {besieged_times} s, limit {limit:.1f} s")
    wait_until(lambda: daemon_size(t) == before[0], t.slow(20), lambda:
               f"the daemon is as small as before: {daemon_size(t)}")
