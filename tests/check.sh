#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make check: unit tests, the modules' builds, the cases in virtual machines on
# kernels 6.1 and 6.12. Ends with one line for all: "N passed, N failed". A part
# that crashes, or that runs no test, counts as a failure.
#
# usage: tests/check.sh
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0

# Adds up the closing lines "N passed, N failed[, N skipped]" of a part. They may
# have one word with a colon before them: the unit tests print one a program.
count() {	# FILE; sets p f s
	local line

	p=0 f=0 s=0
	while read -r line; do
		[[ $line =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]] ||
			continue
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

# Both kernels at a time: the machines wait more than they work. What the second
# says is shown when the first is done.
machines() {	# KERNEL KERNEL
	local name="virtual machines, kernel" started=$SECONDS status=0 other
	local seconds

	echo "== $name $1, and $2 beside it"
	{
		make -s check-vm K="$2" </dev/null > "$work/beside" 2>&1 &&
			echo 0 > "$work/status" || echo $? > "$work/status"
		echo $SECONDS > "$work/end"
	} &
	other=$!
	make -s check-vm K="$1" </dev/null 2>&1 | tee "$work/log" || status=$?
	result "$name $1" "$status" $((SECONDS - started)) "$work/log"
	echo "== $name $2"
	tail -n +1 -f --pid=$other "$work/beside"
	wait $other
	seconds=$(($(cat "$work/end") - started))
	result "$name $2" "$(cat "$work/status")" $seconds "$work/beside"
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

tests/install-deps.sh
part unit make -s check-unit
part modules make -s check-modules
machines 6.1 6.12

echo
tail=
[ "$skipped" -eq 0 ] || tail=", $skipped skipped"
echo "$passed passed, $failed failed$tail"
[ "$failed" -eq 0 ]
