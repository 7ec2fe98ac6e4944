# SPDX-License-Identifier: GPL-2.0
"""Enrolment by the commands a person types, and clients that must not get in."""
import time

from lib.common import wait_until
from lib.enrol import Divert, Offer, Recorder, Tamper, enrol, forget
from lib.runner import case

REFUSED, UNREACHABLE, TIMEOUT = 8, 7, 12
FALSE, LATE = 3243, 3244
DOCK = "[dock]\nauto_bind = yes\n[policy]\nrule = allow\n" \
       "[discovery]\ndns_sd = no\n"
TABLET = "[tablet]\nretry_min = 1\n[discovery]\ndns_sd = no\n"


def refused(t, result, words):
    """The tablet is told so and gets nothing."""
    t.equal(result.status, REFUSED, f"exit code: {result.out}")
    t.check(words in result.out, f'it says "{words}": {result.out}')
    t.check("hint: " in result.out, f"a hint names the next step: {result.out}")
    t.check(not t.tablet.run("ls /etc/usbip-tls/*.pem").status == 0,
            "no file is left of it")


def issued(t):
    """Names of the certificates of the CA that are valid."""
    answer = t.cli_json(t.dock, "pki", "show")
    return sorted(c["name"] for c in answer["certificates"]
                  if c["role"] != "ca" and c["validity"] == "valid")


def guessing(t):
    """A wrong code uses up a try; when none is left, the right code is void."""
    offer = Offer(t, "--tries", "2")
    refused(t, enrol(t, offer.wrong_code()), "code")
    offer.says(r"gave a wrong code; 1 try is left")
    refused(t, enrol(t, offer.wrong_code()), "code")
    offer.ends(REFUSED)
    offer.says("it was tried in vain 2 times")
    result = enrol(t, offer.code)
    t.equal(result.status, UNREACHABLE, f"after that: {result.out}")


def in_the_middle(t):
    """Somebody answers in the dock's place with a guessed code; and somebody
    only changes what goes by."""
    offer = Offer(t)
    false = Offer(t, "--dir", "/tmp/false", port=FALSE)
    divert = Divert(t.relay, offer.port, FALSE)
    refused(t, enrol(t, offer.code), "code")
    false.says("gave a wrong code; 4 tries are left")
    t.check(divert.count, "he was in the middle")
    divert.leave()
    # His other half: towards the dock, with the code he guessed.
    refused(t, enrol(t, false.code), "code")
    offer.says("gave a wrong code; 4 tries are left")
    false.stop()

    tamper = Tamper(t.relay)
    result = enrol(t, offer.code)
    t.check(tamper.done, "one bit was changed")
    tamper.leave()
    t.check(result.status, f"no enrolment with one bit changed: {result.out}")
    t.equal(issued(t), ["dock"], "certificates after all that")
    offer.stop()


def right_code(t):
    """Everything as the README says; an eavesdropper learns nothing."""
    offer = Offer(t)
    recorder = Recorder(t.relay)
    result = enrol(t, offer.code.lower().replace("-", " "))
    t.equal(result.status, 0, f"enrolment: {result.out}")
    offer.ends(0)
    recorder.leave()
    t.check(b"usbip-tls-enroll" in recorder.bytes, "it was recorded")
    for secret in (b"slate", b"usbip-tls CA", offer.code.encode(),
                   offer.code.replace("-", "").encode()):
        t.check(secret not in recorder.bytes, f"{secret} is not on the wire")
    t.equal(issued(t), ["dock", "slate"], "certificates")
    offer.says("slate has enrolled as a tablet")
    # Once more: nothing listens. At the next enrolment it is just a wrong code.
    code = offer.code
    forget(t.tablet)
    t.equal(enrol(t, code).status, UNREACHABLE, "replayed, nobody listens")
    offer = Offer(t)
    refused(t, enrol(t, code, name="other"), "code")
    offer.says("gave a wrong code")
    # That name has a valid certificate: the code alone is not enough.
    refused(t, enrol(t, offer.code), "name")
    offer.says("knows the code, but")
    t.equal(enrol(t, offer.code, name="slate-2").status, 0, "another name")
    offer.ends(0)


def device_attaches(t):
    """The daemons start with what enrolment has installed, and nothing else."""
    t.start_daemon(t.dock, DOCK)
    t.start_daemon(t.tablet, TABLET)
    t.wait_log(t.tablet, r'watching dock "dock"')
    t.usb.keyboard()
    wait_until(lambda: any(port.get("nodes") for port in t.ports(t.tablet)),
               t.slow(10), lambda: "a device attaches: " + t.log(t.tablet))
    t.equal({s["peer"] for s in t.sessions(t.dock)}, {"slate-2"},
            "the tablet's name")
    t.usb.unplug_all()
    t.wait_idle()


@case("enroll", limit=420)
def enroll(t):
    for vm in (t.dock, t.tablet):
        t.stop_daemon(vm)
        vm.put("/etc/usbip-tls/usbip-tls.conf",
               DOCK if vm is t.dock else TABLET)
        forget(vm)
    try:
        started = time.monotonic()
        late = Offer(t, "--lifetime", "60", port=LATE)
        guessing(t)
        in_the_middle(t)
        right_code(t)
        device_attaches(t)
        # The code that was shown first has expired by now, or will soon.
        late.ends(TIMEOUT)
        t.note(f"a code of 60 s: over {time.monotonic() - started:.0f} s "
               "after the command was typed")
        t.check(time.monotonic() - started >= 60, "not before its time")
        late.says("nobody has enrolled within 60 seconds")
        t.equal(enrol(t, late.code, port=LATE).status, 1,
                "this machine has a certificate")
        forget(t.tablet)
        t.equal(enrol(t, late.code, port=LATE).status, UNREACHABLE,
                "an expired code")
    finally:
        t.tablet.run("rm -f /tmp/code; rm -rf /tmp/false")
        for vm in (t.dock, t.tablet):
            forget(vm)
