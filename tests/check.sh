#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make check: style, unit tests, the modules' builds, all builds on new machines with
# Debian 12 and 13, our packages in two machines with Debian 12, and the cases in
# virtual machines, each on kernel 6.1 or 6.12; what is left out is named. Ends with
# one line for all: "N passed, N failed". A part that crashes, or that runs no test,
# counts as a failure.
#
# usage: tests/check.sh [--all | --debug [CASE...]]
#   --all    make check-all: nothing is left out
#   --debug  make check-debug: the cases on the debug kernel, and nothing else; with
#            PART=N/M in the environment each Mth of them, from the Nth on
set -euo pipefail

choice=--check build=--build
case ${1:-} in
--all)
	choice=--all build=
	;;
--debug)
	choice=--debug
	shift
	;;
esac
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
work=$(mktemp -d)
trap 'exit 1' INT TERM
trap end_lanes EXIT
passed=0
failed=0
skipped=0

# Adds up the closing lines "N passed, N failed[, N skipped]" of a part. They may
# have one word with a colon before them: the unit tests print one a program.
closing='([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$'
count() {	# FILE; sets p f s
	local line

	p=0 f=0 s=0
	while read -r line; do
		[[ $line =~ $closing ]] || continue
		p=$((p + BASH_REMATCH[1]))
		f=$((f + BASH_REMATCH[2]))
		s=$((s + ${BASH_REMATCH[4]:-0}))
	done < "$1"
}

part() {	# NAME COMMAND...
	local name=$1 status=0 started=$SECONDS
	shift

	echo "== $name"
	"$@" </dev/null 2>&1 | tee "$work/log" || status=$?
	result "$name" "$status" $((SECONDS - started)) "$work/log"
}

# In the background, and in a process group of its own, so that it ends with us.
declare -A lane
start() {	# NAME COMMAND...
	local name=$1
	shift

	set -m
	{
		status=0
		"$@" </dev/null > "$work/$name" 2>&1 || status=$?
		echo "$status $SECONDS" > "$work/$name.end"
	} &
	set +m
	lane[$name]=$!
}

# Shows what it has said so far and says from now on, until it is done.
show() {	# NAME
	local status seconds

	echo "== $1"
	tail -n +1 -f --pid="${lane[$1]}" "$work/$1"
	wait "${lane[$1]}"
	unset "lane[$1]"
	read -r status seconds < "$work/$1.end"
	result "$1" "$status" "$seconds" "$work/$1"
}

end_lanes() {
	local pid

	for pid in "${lane[@]}"; do
		# It may have come to its end by itself.
		kill -- "-$pid" 2> /dev/null || continue
	done
	rm -rf "$work"
}

result() {	# NAME STATUS SECONDS LOG
	local name=$1 status=$2 p f s

	count "$4"
	if [ "$f" -eq 0 ] && [ "$status" -ne 0 ]; then
		echo "not ok - $name ended with status $status"
		f=1
	elif [ $((p + f)) -eq 0 ]; then
		echo "not ok - $name ran no test"
		f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
	echo "== $name: $p ok, $f not ok, $3 s"
}

total() {
	local tail=

	[ "$skipped" -eq 0 ] || tail=", $skipped skipped"
	echo
	echo "$passed passed, $failed failed$tail"
	[ "$failed" -eq 0 ]
}

tests/install-deps.sh
# Once for all parts: two that build it at the same time would be in each other's way.
make -s -j"$(nproc)" helper

if [ $choice = --debug ]; then
	part selftest tests/debug-kernel/selftest.sh
	# Two machines of two processors. With less than one for each of them the
	# kernel is too slow for the deadlines of what is tested.
	lanes=$(($(nproc) / 2))
	if [ $# -eq 1 ] || [ -n "${PART:-}" ] || [ "$lanes" -lt 1 ]; then
		lanes=1
	fi
	for n in $(seq "$lanes"); do
		start "machines-$n" tests/vm/run.py -k debug --limit 14400 \
			--part "${PART:-$n/$lanes}" "$@"
	done
	for n in $(seq "$lanes"); do
		show "machines-$n"
	done
	total
	exit
fi

part style make -s style
# Machines wait more than they work, so both kernels run beside all the rest. Cases
# that are about time come last, and have the lock: see turn() in tests/vm. The
# packages' machines go first whenever they want a processor: how long they take is
# what is tested there.
for kernel in 6.1 6.12; do
	start "machines-$kernel" nice -n 5 tests/vm/run.py -k $kernel $choice
done
exec 9> /run/lock/usbip-tls-vm.rest.lock
flock 9
part unit nice -n 5 make -s check-unit
part modules nice -n 5 make -s check-modules
part fresh nice -n 5 tests/fresh/check.sh 12
part fresh-13 nice -n 5 tests/fresh/check.sh $build 13
part system tests/system/run.py
if [ $choice = --all ]; then
	part system-13 tests/system/run.py --dock 13 --tablet 13
	part system-mixed tests/system/run.py --dock 12 --tablet 13
else
	echo "# make check leaves to make check-all: packages of Debian 13 installed," \
		"full-system with it"
fi
exec 9>&-
show machines-6.1
show machines-6.12
total
