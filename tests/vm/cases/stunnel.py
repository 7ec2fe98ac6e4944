# SPDX-License-Identifier: GPL-2.0
"""Machines without usbip-tls: stunnel in front of Debian's usbip as a tablet, and
stunnel or socat in front of Debian's usbipd as a dock, with TLS 1.3 and
certificates on both sides."""
import re

from lib import pki
from lib.case import DOCK
from lib.common import wait_until
from lib.runner import case

DIR = "/etc/stunnel"
USBIPD_PORT = 3241
# A dock has both addresses of the machine.
ADDRESSES = ["--address", "10.77.0.1", "--address", "fd77::1"]


def files(t, vm, name, role, *options):
    """Copies what "pki issue --format stunnel" makes to a machine."""
    made = pki.issue(t.bed.image.directory / "pki", name, role, "--format",
                     "stunnel", *options)
    for path in made.iterdir():
        vm.put(f"{DIR}/{path.name}", path.read_bytes())
    vm.sh(f"chmod 600 {DIR}/key.pem")


def start(t, vm, command, port=3240):
    vm.sh(f"cd {DIR} && {command}")
    wait_until(lambda: f":{port} " in vm.sh("netstat -ltn"), t.slow(10),
               f"{command} listens")


def stop(t, vm, program):
    vm.sh(f"kill $(pidof {program})")
    wait_until(lambda: vm.run(f"pidof {program}").status, t.slow(10),
               f"{program} ends")


# A tablet.

def usbip(t, *argv):
    return t.tablet.run(" ".join(["usbip", *argv, "2>&1"]), 60)


def lists(t, disk):
    return f" {disk.busid}:" in usbip(t, "list", "-r", "127.0.0.1").out


def disk_node(t):
    def node():
        nodes = [node for port in t.ports(t.tablet)
                 for node in port.get("nodes", []) if node.startswith("/dev/sd")]
        return nodes[0] if nodes else None
    return wait_until(node, t.slow(15), lambda:
                      f"a disk appears: {t.ports(t.tablet)}")


@case("stunnel", check="6.1", limit=400)
def stunnel(t):
    """Stock usbip, which knows only 127.0.0.1. The dock sees a tablet with a name, a
    session and rules, like any other."""
    disk, hidden = t.plug("disk", 4), t.plug("keyboard")
    t.restart_dock(policy=["rule = allow class=storage tablet=windows"])
    files(t, t.tablet, "windows", "tablet", "--dock", "dock")
    start(t, t.tablet, "stunnel4 stunnel.conf")
    t.check(lists(t, disk), "the disk is listed")
    t.check(not lists(t, hidden), "what the rules do not give is not")
    result = usbip(t, "attach", "-r", "127.0.0.1", "-b", disk.busid)
    t.equal(result.status, 0, f"stock attach: {result.out}")
    t.wait_status(disk, "used")
    t.equal(t.sha256(t.tablet, disk_node(t), 4), disk.sha256(),
            "the disk as read")
    t.equal([(s["peer"], s["busid"], s["state"]) for s in t.sessions(t.dock)],
            [("windows", disk.busid, "open")], "the dock's session")
    port = re.search(r"^Port (\d+):", usbip(t, "port").out, re.M).group(1)
    result = usbip(t, "detach", "-p", port)
    t.equal(result.status, 0, f"stock detach: {result.out}")
    t.wait_status(disk, "available")
    t.wait_idle()
    stop(t, t.tablet, "stunnel4")

    # A certificate of somebody else's CA.
    t.tablet.sh(f"cp /pki/stranger/cert.pem /pki/stranger/key.pem {DIR}")
    start(t, t.tablet, "stunnel4 stunnel.conf")
    mark = len(t.log(t.dock))
    t.check(not lists(t, disk), "a stranger is shown nothing")
    t.wait_log(t.dock, r"refused \(unknown-ca\)", after=mark)
    stop(t, t.tablet, "stunnel4")
    # Another machine than the one it was made for.
    t.tablet.sh(f"cp /pki/tablet/cert.pem /pki/tablet/key.pem {DIR} && "
                f"sed -i 's/^checkHost = dock$/checkHost = attic/' {DIR}/*.conf")
    start(t, t.tablet, "stunnel4 stunnel.conf")
    t.check(not lists(t, disk), "a dock of another name is not used")
    stop(t, t.tablet, "stunnel4")
    hidden.unplug()
    disk.unplug()
    t.tablet.sh(f"rm -r {DIR}")


# A dock.

def refused(t, certificate):
    """A tablet with this certificate gets no list."""
    path = f"/etc/usbip-tls/{certificate}.conf"
    t.tablet.put(path, t.config(certificate))
    result = t.cli(t.tablet, "list", "-r", DOCK, config=path)
    t.check(result.status and "1-" not in result.out,
            f"a tablet {certificate} is shown nothing: {result.out}")


def strangers(t, revocation):
    refused(t, "stranger")
    refused(t, "dock")
    if revocation:
        refused(t, "revoked")
    result = t.tablet.run(f"ut-peer compat {DOCK} 3240 -t 5 2>&1")
    t.check(result.status and "device" not in result.out,
            f"without a certificate: {result.out}")
    result = t.tablet.run(f"ut-peer compat {DOCK} 3240 -d /pki/tablet -p 1.2 "
                          "-t 5 2>&1")
    t.check(result.status and not re.search("^handshake", result.out, re.M),
            f"with TLS 1.2: {result.out}")


def serve(t, front, program, revocation):
    """Debian's usbipd, whose client is behind it on the same machine."""
    disk = t.usb.disk(4)
    result = t.dock.run(f"usbip bind -b {disk.busid} 2>&1")
    t.equal(result.status, 0, f"stock bind: {result.out}")
    start(t, t.dock, f"usbipd -4 -D -t{USBIPD_PORT}", USBIPD_PORT)
    start(t, t.dock, front)
    strangers(t, revocation)

    # By hand.
    attachment = t.attach(disk)
    t.equal(t.sha256(t.tablet, attachment.node("/dev/sd"), 4), disk.sha256(),
            f"the disk as read, {program}")
    session = t.sessions(t.tablet)[0]
    t.equal((session["peer"], session["busid"]), ("attic", disk.busid),
            "the tablet's session")
    t.detach(attachment)
    t.wait_status(disk, "available")
    # By rule, without a configuration that says that it is not usbip-tlsd.
    t.restart(t.tablet, tablet=[f"dock = {DOCK}", "attach = allow",
                                "retry_min = 1", "retry_max = 4"])
    t.wait_log(t.tablet, 'polling dock "attic"', 30)
    t.wait_status(disk, "used", 20)
    t.equal(t.sha256(t.tablet, disk_node(t), 4), disk.sha256(),
            f"the disk as read by rule, {program}")
    t.restart(t.tablet)
    t.detach_all(t.tablet)
    t.wait_status(disk, "available")
    stop(t, t.dock, program)
    stop(t, t.dock, "usbipd")
    disk.unplug()


# Not on the debug kernel, which now and then finds the stock driver, alone there, at
# reading a request that it has freed: once the last URB is submitted,
# stub_recv_cmd_submit() looks at num_urbs again, and the answer may be out by then.
@case("stunnel-dock", check="6.1", limit=400, debug=False)
def stunnel_dock(t):
    t.stop_daemon(t.dock)
    files(t, t.dock, "attic", "dock", *ADDRESSES)
    serve(t, "stunnel4 stunnel.conf", "stunnel4", True)
    serve(t, "setsid socat OPENSSL-LISTEN:3240,reuseaddr,fork,nodelay,keepalive,"
          "cert=cert.pem,key=key.pem,cafile=ca.pem,verify=1,"
          "openssl-min-proto-version=TLS1.3 "
          f"TCP:127.0.0.1:{USBIPD_PORT},nodelay > /var/log/socat.log 2>&1 "
          "< /dev/null &", "socat", False)
    t.dock.sh(f"rm -r {DIR}")
    t.start_daemon(t.dock)
