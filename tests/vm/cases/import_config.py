# SPDX-License-Identifier: GPL-2.0
"""From RemoteHub to usbip-tls: the converted files are all that is needed."""
import json
import subprocess

from cases.hotplug import wait_gone, wait_ready
from lib.case import CONFIG, DOCK
from lib.common import wait_until
from lib.hints import beacon
from lib.runner import case

THEIRS = "/etc/remotehub"
DROP_IN = "/etc/usbip-tls/conf.d/remotehub.conf"
PASSWORD = "/etc/usbip-tls/key.pass"
PASSPHRASE = "open sesame"
USAGE, FAILURE, CONFIG_WRONG = 2, 1, 13

SERVER = {
    "config_version": 1, "server_name": "Reading room", "use_tls": True,
    "port": 3240, "bcast_enabled": True, "cert_path": f"{THEIRS}/cert.pem",
    "key_path": f"{THEIRS}/key.pem", "key_pass": PASSPHRASE,
    "disable_array": [{"bus": 2}],
}
CLIENT = {"config_version": 1, "use_tls": True, "ca_path": f"{THEIRS}/ca.pem"}

# A line to change, its new text, and the message about it.
WRONG = (
    ('"port": 3240,', '"port": 3240', "{}:{}: not a JSON object"),
    ('"port": 3240,', '"port": 66000,', '{}:{}: "port" is not a port number'),
    ('"use_tls": true,', '"use_tls": "yes",',
     '{}:{}: "use_tls" is neither true nor false'),
    (f'"cert_path": "{THEIRS}/cert.pem",', '"cert_path": "cert.pem",',
     '{}:{}: "cert_path" is a relative path'),
)


def dump(values):
    """As people write it, with one key per line."""
    return json.dumps(values, indent=2) + "\n"


def encrypt(t, key):
    """A key with a passphrase, as RemoteHub's manual wants it."""
    done = subprocess.run(
        ["certtool", "--load-privkey", str(key), "--to-p8",
         f"--password={PASSPHRASE}"], text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    t.equal(done.returncode, 0, f"certtool: {done.stderr}")
    return done.stdout


def install(t):
    """RemoteHub's files on a dock and on a tablet. We add the certificate that
    RemoteHub's clients do not have."""
    pki = t.bed.image.directory / "pki"
    for vm in (t.dock, t.tablet):
        vm.sh(f"mkdir -p {THEIRS} && rm -f {DROP_IN} {PASSWORD} && "
              f"cp /pki/{vm.name}/ca.pem {THEIRS}")
    t.dock.sh(f"cp /pki/dock/cert.pem {THEIRS}; touch {THEIRS}/key.pem; "
              f"chmod 600 {THEIRS}/key.pem; "
              "cp /pki/dock/ca.pem /etc/usbip-tls/ca.pem")
    t.dock.put(f"{THEIRS}/key.pem", encrypt(t, pki / "dock/key.pem"))
    t.dock.put(f"{THEIRS}/server.json", dump(SERVER))
    t.tablet.put(f"{THEIRS}/client.json", dump(CLIENT))
    t.tablet.sh("cp -p /pki/tablet/cert.pem /pki/tablet/key.pem "
                "/etc/usbip-tls")


def uninstall(t):
    for vm in (t.dock, t.tablet):
        vm.sh(f"rm -rf {THEIRS} {DROP_IN} {PASSWORD} /etc/usbip-tls/*.pem")


def convert(vm, t, *argv):
    return t.cli(vm, "config", "import", *argv)


def wrong_files(t):
    """An error names the file and the line, and nothing is written."""
    for line, instead, words in WRONG:
        text = dump(SERVER)
        number = [one.strip() for one in text.splitlines()].index(line) + 1
        t.dock.put(f"{THEIRS}/wrong.json", text.replace(line, instead))
        if "JSON" in words:
            # What is missing there is reported for the next line.
            number += 1
        result = convert(t.dock, t, f"{THEIRS}/wrong.json", "--out", DROP_IN,
                         "--password-out", PASSWORD)
        t.equal(result.status, CONFIG_WRONG, f"{instead}: {result.out}")
        want = words.format(f"{THEIRS}/wrong.json", number)
        t.check(want in result.out, f"{instead}: it says /{want}/, and not: "
                f"{result.out}")
        for path in (DROP_IN, PASSWORD):
            t.check(not t.dock.exists(path), f"{instead}: no {path}")


def unknown_keys(t):
    """RemoteHub ignores them; here they cause a warning."""
    t.dock.put(f"{THEIRS}/more.json",
               dump(SERVER).replace('"port": 3240,', '"prot": 3300,'))
    result = convert(t.dock, t, f"{THEIRS}/more.json", "--out", "/tmp/more.conf",
                     "--password-out", "/tmp/more.pass")
    t.equal(result.status, 0, f"import with an unknown key: {result.out}")
    t.check(f'{THEIRS}/more.json:5: warning: "prot" is not a key' in result.out,
            f"the warning: {result.out}")
    t.check("port = 3240" in t.dock.sh("cat /tmp/more.conf"),
            "the port is RemoteHub's default")
    t.dock.sh("rm /tmp/more.conf /tmp/more.pass")


def convert_all(t):
    """The passphrase goes into its own file, which only root can read."""
    source = f"{THEIRS}/server.json"
    t.equal(convert(t.dock, t, source, "--out", DROP_IN).status, USAGE,
            "a passphrase without a place")
    t.dock.sh("mkdir -p /etc/usbip-tls/conf.d")
    t.tablet.sh("mkdir -p /etc/usbip-tls/conf.d")
    for vm, argv in ((t.dock, (source, "--password-out", PASSWORD)),
                     (t.tablet, (f"{THEIRS}/client.json",))):
        result = convert(vm, t, *argv, "--out", DROP_IN)
        t.equal(result.status, 0, f"config import: {result.out}")
        again = convert(vm, t, *argv, "--out", DROP_IN)
        t.equal(again.status, FAILURE, "import over what is there")
        vm.put(CONFIG, "# All is in conf.d.\n")
        result = t.cli(vm, "config", "check")
        t.equal(result.status, 0, f"config check: {result.out}")
    text = t.dock.sh(f"cat {DROP_IN}; usbip-tls config show")
    t.check(PASSPHRASE not in text, "the passphrase is not in there")
    t.equal(t.dock.sh(f"cat {PASSWORD}; stat -c %a {PASSWORD}"),
            f"{PASSPHRASE}\n600", "the file of the passphrase")


def plain(t):
    """A server without TLS becomes a listener that lets nobody in at first."""
    t.dock.put(f"{THEIRS}/plain.json", dump(
        {"config_version": 1, "use_tls": False, "port": 3300}))
    t.equal(convert(t.dock, t, f"{THEIRS}/plain.json", "--out",
                    "/tmp/plain.conf").status, 0, "import of a plain server")
    result = t.cli(t.dock, "config", "show", "--json",
                   config="/tmp/plain.conf")
    values = {(value["section"], value["key"]): value["value"]
              for value in json.loads(result.out)["values"]}
    t.equal((values["plaintext", "port"], values["plaintext", "allow"],
             values["dock", "listen"]), ("3300", None, None),
            "the listener without TLS, and none with it")
    t.dock.sh("rm /tmp/plain.conf")


def announced(t):
    """RemoteHub's clients find it as before, and it announces no TLS where there
    is none."""
    t.dock.put(f"{THEIRS}/plain.json", dump(
        {"use_tls": False, "server_name": "attic"}))
    result = convert(t.dock, t, f"{THEIRS}/plain.json")
    t.equal(result.status, 0, f"import of a plain server: {result.out}")
    config = f"{result.out}\n[plaintext]\nallow = 10.77.0.2\n[tls]\n" \
        "cert = /pki/dock/cert.pem\nkey = /pki/dock/key.pem\n"
    # A missing file keeps the daemon from starting, and it says so.
    for ca, status in (("none", CONFIG_WRONG), ("ca", 0)):
        t.dock.put(CONFIG, f"{config}ca = /pki/dock/{ca}.pem\n")
        result = t.cli(t.dock, "config", "check")
        t.equal(result.status, status, f"config check, {ca}: {result.out}")
    heard = []
    t.relay.set_filter(lambda port, one: heard.append(one) or [one])
    t.stop_daemon(t.dock)
    t.start_daemon(t.dock, t.dock.get(CONFIG).decode())
    wait_until(lambda: any(beacon(b"attic", 3240, use_tls=0) in one
                           for one in list(heard)), t.slow(15),
               lambda: f"a beacon that says so: {t.log(t.dock)}")
    t.relay.set_filter(None)
    t.check(not any(beacon(b"attic", port) in one for one in heard
                    for port in (3240, 3241)), "none says that there is TLS")


@case("import-config")
def import_config(t):
    install(t)
    wrong_files(t)
    unknown_keys(t)
    plain(t)
    announced(t)
    convert_all(t)
    for vm in (t.dock, t.tablet):
        t.stop_daemon(vm)
    t.start_daemon(t.dock, t.dock.get(CONFIG).decode())
    # Bus 2 is disabled.
    shared = t.usb.keyboard()
    hidden = t.usb.disk(1, super_speed=True)
    t.wait_status(shared, "available")
    t.equal(t.device_status(hidden), "not-bound", "what is on bus 2")
    result = t.cli(t.dock, "policy", "test", hidden.busid, "")
    t.check("hide bus=2" in result.out, f"policy test: {result.out}")

    # A client like RemoteHub's: TLS 1.2, without a certificate.
    result = t.tablet.run(f"ut-peer compat {DOCK} 3240 -b {shared.busid} "
                          "-p 1.2")
    t.equal(result.status, 0, f"a client of RemoteHub: {result.out}")
    t.check(shared.busid in result.out and hidden.busid not in result.out and
            hidden.serial not in result.out, f"what it is shown: {result.out}")
    t.wait_idle()

    # Our converted tablet hears the beacon and attaches what is shared.
    t.start_daemon(t.tablet, t.tablet.get(CONFIG).decode())
    wait_ready(t, [shared], 20)
    t.equal([session["peer"] for session in t.sessions(t.dock)], ["tablet"],
            "who has it")
    t.usb.unplug_all()
    wait_gone(t)
    uninstall(t)
