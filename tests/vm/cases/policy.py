# SPDX-License-Identifier: GPL-2.0
"""Who may have what: the rules of a dock, and what no rule can give away."""
import json

from cases.a_devices import make_gadget, remove_gadget
from lib.case import CONFIG
from lib.common import wait_until
from lib.needs import LINK_DOCK, Link, Root, Swap
from lib.runner import case

TABLETS = ("tablet", "tablet2")
NOT_FOUND, REFUSED = 5, 8
BIND = ["auto_bind = yes"]
CONFIG_OF = "/etc/usbip-tls/{}.conf"

# Rules, groups, and for each device what tablet and tablet2 are told: the kind
# of the verdict, and behind it the number of the rule that decides, if one does.
#   K keyboard, P pointer, D disk on bus 1, S disk on bus 2
MATCHERS = (
    ["deny tablet=tablet2 bus=2",
     "allow path=2-*",
     "deny serial={P}",
     "allow id=0627:* group=lab",
     "deny class=hid",
     'allow name="qemu *harddrive" tablet=tablet?'],
    ["lab tablet nobody", "other x*"],
    {"K": "allow4 deny5", "P": "deny3 deny3", "D": "deny allow6",
     "S": "allow2 deny1"})
NEGATED = (
    ["deny group!=lab class!=storage",
     "allow id!=46F4:000? serial!={P}",
     "allow tablet!=tablet2 bus!=1",
     "deny path!={D_path}",
     "allow name!=*keyboard*"],
    ["lab tablet2"],
    {"K": "deny1 allow2", "P": "deny1 deny4", "D": "allow5 allow5",
     "S": "allow3 deny4"})
# The same rules in reverse order.
ORDER = (
    (["allow class=hid", "deny id=0627:0001", "deny"], [],
     {"K": "allow1 allow1", "P": "allow1 allow1", "D": "deny3 deny3",
      "S": "deny3 deny3"}),
    (["deny id=0627:0001", "allow class=hid", "deny"], [],
     {"K": "deny1 deny1", "P": "deny1 deny1", "D": "deny3 deny3",
      "S": "deny3 deny3"}))
HIDDEN = (
    ["hide serial={D}", "allow"], [],
    {"K": "allow2 allow2", "P": "allow2 allow2", "D": "hide1 hide1",
     "S": "allow2 allow2"})
NO_RULES = ([], [], {letter: "deny deny" for letter in "KPDS"})


class Dock:
    """A dock with devices and rules, and how its programs apply them."""

    def __init__(self, t, devices):
        self.t = t
        self.devices = devices
        self.rules = []
        self.inside = ""
        for tablet in TABLETS:
            t.tablet.put(CONFIG_OF.format(tablet), t.config(
                tablet, tablet=[f"expect = {LINK_DOCK} dock"]))

    def _policy(self, rules, groups):
        """The lines of [policy], with the devices' facts put in."""
        facts = {letter: device.serial
                 for letter, device in self.devices.items()}
        facts.update((f"{letter}_path", device.busid)
                     for letter, device in self.devices.items())
        self.rules = [rule.format(**facts) for rule in rules]
        return ([f"group = {group}" for group in groups] +
                [f"rule = {rule}" for rule in self.rules])

    def use(self, rules, groups=()):
        """Loads these rules without restarting the daemon."""
        self.t.reload(self.t.dock, dock=BIND,
                      policy=self._policy(rules, groups))

    def bind_refused(self, letter, why):
        """Not by hand either."""
        device = self.devices[letter]
        result = self.t.dock.run(f"{self.inside} usbip-tls -c {CONFIG} bind "
                                 f"-b {device.busid}")
        self.t.equal(result.status, REFUSED,
                     f"bind {device.name}: {result.out}")
        self.t.check(why in result.out, f"bind {device.name} says "
                     f"/{why}/: {result.out}")
        self.t.equal(self.t.device_status(device), "not-bound",
                     f"{device.name} after that")

    def start(self, rules, inside=""):
        self.inside = inside
        self.t.restart(self.t.dock, dock=BIND, inside=inside,
                       policy=self._policy(rules, ()))

    def line_of(self, number):
        """The line number of a rule in the file."""
        lines = self.t.dock.get(CONFIG).decode().splitlines()
        return [i for i, line in enumerate(lines, 1)
                if line.startswith("rule =")][number - 1]

    def explain(self, letter, tablet):
        """The answer of "policy test", with its exit status."""
        result = self.t.dock.run(
            f"{self.inside} usbip-tls -c {CONFIG} policy test "
            f"{self.devices[letter].busid} {tablet} --json")
        return {**json.loads(result.out), "status": result.status}

    def check_verdict(self, letter, tablet, want):
        """Checks kind and rule, the rule's line and text, and the exit status."""
        answer = self.explain(letter, tablet)
        kind = want.rstrip("0123456789")
        number = int(want[len(kind):] or 0)
        text = f"policy test {letter} {tablet}"
        self.t.equal((answer["verdict"], answer.get("rule", 0)),
                     (kind, number), f"{text}: verdict and rule")
        self.t.equal(answer["status"], 0 if kind == "allow" else REFUSED,
                     f"{text}: exit status")
        if number:
            self.t.equal((answer["file"], answer["line"], answer["text"]),
                         (CONFIG, self.line_of(number),
                          self.rules[number - 1]), f"{text}: the rule")
        return kind == "allow"

    def listed(self, tablet, host="dock"):
        """Serial numbers of the devices that a tablet is shown."""
        answer = self.t.cli_json(self.t.tablet, "list", "-r", host,
                                 config=CONFIG_OF.format(tablet))
        return sorted(device["serial"] for device in answer["devices"])

    def wait_listed(self, tablet, letters, host="dock"):
        want = sorted(self.devices[letter].serial for letter in letters)
        wait_until(lambda: self.listed(tablet, host) == want, self.t.slow(10),
                   lambda: f"{tablet} is shown {letters}, {want}, and not "
                   f"{self.listed(tablet, host)}\n{self.t.log(self.t.dock)}")

    def refused(self, tablet, letter, host="dock"):
        """Attaches by bus id, without a list."""
        result = self.t.cli(
            self.t.tablet, "attach", "-r", host, "-b",
            self.devices[letter].busid, "-w", 0,
            config=CONFIG_OF.format(tablet))
        self.t.equal(result.status, NOT_FOUND,
                     f"{tablet} attaches {letter}: {result.out}")
        self.t.wait_log(self.t.dock, f'"{tablet}" did not get '
                        f"{self.devices[letter].busid}: ")

    def check(self, rules, groups, table):
        """"policy test" says what it should, and the dock does the same."""
        self.use(rules, groups)
        for place, tablet in enumerate(TABLETS):
            allowed = [letter for letter, want in table.items()
                       if self.check_verdict(letter, tablet,
                                             want.split()[place])]
            self.wait_listed(tablet, allowed)
            denied = set(table) - set(allowed)
            if denied:
                self.refused(tablet, min(denied))


def protected(t, dock, needs):
    """Never, although the only rule gives everything to everybody: it cannot be
    listed, attached, or shared by hand."""
    dock.start(["allow"], inside=needs["S"].inside)
    for letter, need in needs.items():
        answer = dock.explain(letter, "tablet")
        t.equal((answer["verdict"], answer["text"], answer["status"]),
                ("protected", need.why, REFUSED), f"policy test {letter}")
    # Asked over the very link, which also carries a session.
    dock.wait_listed("tablet", "KP", LINK_DOCK)
    attachment = t.attach(dock.devices["K"], host=LINK_DOCK,
                          config=CONFIG_OF.format("tablet"))
    for letter, need in needs.items():
        dock.refused("tablet", letter, LINK_DOCK)
        dock.bind_refused(letter, need.why)
    t.check(LINK_DOCK in t.sessions(t.tablet)[0]["peer_addr"],
            "the session goes by that link")
    t.detach(attachment)


@case("policy", check="6.1", limit=400)
def policy(t):
    devices = {"K": t.usb.keyboard(), "P": t.usb.pointer(),
               "D": t.usb.disk(4), "S": t.usb.disk(8, super_speed=True)}
    needs = {"D": Swap(t, devices["D"]), "S": Root(t, devices["S"]),
             "N": Link(t)}
    dock = Dock(t, {**devices, "N": needs["N"].device})
    protected(t, dock, needs)

    # What is no longer needed is shared as soon as somebody asks.
    for need in needs.values():
        need.free()
    dock.start(["allow"])
    dock.wait_listed("tablet", "KPDSN")
    needs["N"].remove()
    dock.devices = devices

    for rules in (NO_RULES, MATCHERS, NEGATED, *ORDER, HIDDEN):
        dock.check(*rules)
    t.equal(t.cli(t.dock, "unbind", "-b", devices["D"].busid).status, 0,
            "unbind of a hidden device")
    dock.bind_refused("D", f"{CONFIG}:{dock.line_of(1)}: {dock.rules[0]}")
    gadget(t, dock)


def gadget(t, dock):
    """Its interfaces cannot be seen: a class that may be among them denies,
    and does not allow."""
    make_gadget(t)
    name = "usbip-vudc.0"
    for rules, kind, number in (
            (["deny class=audio", "allow"], "deny", 1),
            (["allow class=storage"], "deny", 0),
            (["deny class=storage path!=usbip-vudc.*",
              "allow class!=08 name!=x path=usbip-*"], "deny", 0),
            (["deny class=audio path=1-*", "allow path=usbip-vudc.?"],
             "allow", 2)):
        dock.use(rules)
        answer = t.cli(t.dock, "policy", "test", name, "tablet", "--json",
                       config=CONFIG)
        verdict = json.loads(answer.out)
        t.equal((verdict["verdict"], verdict.get("rule", 0),
                 verdict["interfaces_known"]), (kind, number, False),
                f"{rules}: policy test of the gadget")
        listed = [device["busid"] for device in
                  t.cli_json(t.tablet, "list", "-r", "dock")["devices"]]
        t.equal(name in listed, kind == "allow",
                f"{rules}: {name} is listed: {listed}")
    remove_gadget(t)
