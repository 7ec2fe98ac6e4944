# SPDX-License-Identifier: GPL-2.0
"""Attaching and detaching again and again leaks nothing."""
import collections

from lib.common import CaseFailure
from lib.runner import case

WARM_UP = 20
CYCLES = 200
FEWER_CYCLES = 48	# for make check
KIB = 4096
CACHES = ("kmalloc", "TCP", "sock_inode_cache", "filp", "skbuff",
          "request_sock_TCP", "tw_sock_TCP", "USBIP", "task_struct", "pid")

LOOP = """
n=0
busy=0
while [ $n -lt {count} ]; do
	n=$((n + 1))
	tries=0
	while :; do
		out=$(usbip-tls attach -r dock -b {busid} -w 20 --json 2>&1)
		status=$?
		# 10: the dock is still taking it back from the last cycle.
		[ $status = 10 ] && [ $tries -lt 100 ] || break
		tries=$((tries + 1))
		busy=$((busy + 1))
		usleep 50000
	done
	[ $status = 0 ] || {{ echo "attach $n: exit $status: $out"; exit 1; }}
	port=$(echo "$out" | tr -d ' \t\n')
	port=${{port#*'"port":'}}
	port=${{port%%,*}}
	case $port in 0 | 1) ;; *)
		echo "cycle $n: not port 0 or 1: $out"; exit 1 ;; esac
	out=$(usbip-tls detach -p $port) ||
		{{ echo "detach $n: exit $?: $out"; exit 1; }}
	tries=0
	while usbip-tls port --json | grep -q '"{busid}"'; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || {{ echo "cycle $n: port stays"; exit 1; }}
		usleep 20000
	done
done
echo "busy $busy"
"""


def cycle(t, devices, count):
    """This many cycles in total, with each device in a loop of its own."""
    jobs = [t.tablet.start(LOOP.format(count=count // len(devices),
                                       busid=device.busid), count * 10)
            for device in devices]
    for job, device in zip(jobs, devices):
        result = job.wait()
        t.equal(result.status, 0, f"cycles: {result.out[-500:]}")
        t.note(f"{device.name}: {result.out}")
    t.wait_idle()
    for device in devices:
        t.wait_status(device, "available")


def measure(t, vm):
    """What a leak would make grow, after all caches have been dropped. The
    lowest of several counts: files, for example, are freed with a delay."""
    values = {}
    text = vm.sh("sync; for i in 1 2 3; do echo 3 > /proc/sys/vm/drop_caches;"
                 " done; for i in 1 2 3 4 5; do cat /proc/slabinfo;"
                 " usleep 100000; done")
    for line in text.splitlines():
        words = line.split()
        if words and words[0].startswith(CACHES):
            count = int(words[1])
            values[words[0]] = min(count, values.get(words[0], count))
    memory = dict(line.split(":") for line in
                  vm.sh("cat /proc/meminfo").splitlines())
    values["used KiB"] = (int(memory["MemTotal"].split()[0]) -
                          int(memory["MemAvailable"].split()[0]))
    values["unreclaimable KiB"] = int(memory["SUnreclaim"].split()[0])
    pid = vm.sh("cat /run/usbip-tlsd.pid")
    values["daemon's descriptors"] = len(
        vm.sh(f"ls /proc/{pid}/fd").split())
    values["processes"] = len(vm.sh("pidof usbip-tlsd; :").split())
    return values


def allocations(vm, cache):
    """Who holds objects of a cache: {stack: count}."""
    text = vm.sh(f"cat /sys/kernel/debug/slab/{cache}/alloc_traces", 120)
    found = collections.Counter()
    for block in text.strip().split("\n\n"):
        head, *stack = block.splitlines()
        words = head.split()
        if len(words) > 1 and words[0].isdigit():
            found["\n".join([words[1], *stack])] += int(words[0])
    return found


def check_growth(t, vm, cycles, before, middle, after):
    # How much one object leaked in every second cycle would add in both halves.
    objects = cycles // 4
    growth = {name: after[name] - before.get(name, 0) for name in after}
    t.note(f"{vm.name} grew: " + (", ".join(
        f"{name} {value:+d}" for name, value in sorted(growth.items())
        if value > 20) or "nothing"))
    for name, value in growth.items():
        if name.endswith("KiB"):
            t.check(value < KIB, f"{vm.name}: {name} grew by {value}")
        elif name in ("daemon's descriptors", "processes"):
            t.equal(value, 0, f"{vm.name}: growth of the {name}")
        else:
            halves = (middle.get(name, 0) - before.get(name, 0),
                      after[name] - middle.get(name, 0))
            if min(halves) >= objects:
                raise CaseFailure(
                    f"{vm.name}: {name} grew by {halves} objects in twice "
                    f"{cycles // 2} cycles; most are held by\n" +
                    "\n".join(f"{count} {stack}" for stack, count in
                              allocations(vm, name).most_common(5)))


# Without the owner of each object a slab that a processor holds would count as
# used in full: 512 objects of kmalloc-8.
@case("cycles", boot="slub_debug=U", limit=900)
def cycles(t):
    # Two devices: each is set up while the other is removed, which is when the
    # tablet's hub is late and unlinks on the next connection.
    devices = [t.plug("keyboard"), t.plug("pointer")]
    cycle(t, devices, WARM_UP)
    vms = (t.dock, t.tablet)
    references = {vm: t.refcounts(vm) for vm in vms}
    before = {vm: measure(t, vm) for vm in vms}
    cycles = CYCLES if t.all else FEWER_CYCLES
    cycle(t, devices, cycles // 2)
    middle = {vm: measure(t, vm) for vm in vms}
    cycle(t, devices, cycles // 2)
    for vm in vms:
        t.equal(t.refcounts(vm), references[vm],
                f"module references of {vm.name}")
        for line in vm.sh("cat /proc/net/protocols").splitlines():
            words = line.split()
            if words[0].upper().startswith("USBIP"):
                t.equal(words[2], "0", f"{vm.name}: sockets of {words[0]}")
        t.equal(vm.run("netstat -tan | grep ':3240 .*ESTABLISHED'").out, "",
                f"{vm.name}: connections left")
        check_growth(t, vm, cycles, before[vm], middle[vm], measure(t, vm))
