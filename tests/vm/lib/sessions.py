# SPDX-License-Identifier: GPL-2.0
"""How a session ended, according to the tracepoints."""
import re

# enum usbip_tls_violation, in its order.
VIOLATIONS = ["none", "command", "devid", "direction", "endpoint", "flags",
              "length", "packets", "iso", "interval", "status", "seqnum",
              "open", "device", "interface", "changed"]


def made(t, vm):
    """Ids of all sessions of a machine since the case began, in order."""
    return [int(match.group(1)) for match in
            (re.search(r"usbip_tls_session: id=(\d+) .* none -> new", line)
             for line in t.trace(vm)) if match]


def closed_with(t, vm, session, want, detail=None):
    """The session has closed once, for this reason."""
    t.wait_closed(vm, session)
    found = [one for one in t.closed(vm) if one[0] == session]
    t.equal([reason for _, reason, _ in found], [want],
            f"reason for the end of session {session} of {vm.name}")
    if detail is not None:
        t.equal(found[0][2], detail, f"detail of the reason {want} of session "
                f"{session} of {vm.name}")


def refused_pdus(t, vm, session):
    """[violation] of each of the peer's PDUs that a session has refused."""
    return re.findall(rf"usbip_tls_pdu_refuse: id={session} flow=0 "
                      r"violation=(\S+)", "\n".join(t.trace(vm)))
