# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# TAP for test scripts: to be sourced. Has a temporary directory, $work.
#
#	try NAME COMMAND...	one test: the command's status; its output is shown
#				if it fails
#	tap_end			the plan and "N passed, N failed"; the status of all

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

result() {	# STATUS NAME [FILE to show on failure]
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) - $2"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $((passed + failed)) - $2"
	[ -z "${3:-}" ] || sed 's/^/# /' "$3" | tail -30
}

# Runs a command for its status; its output goes to $work/log.
try() {	# NAME COMMAND...
	local name=$1 status=0
	shift
	"$@" > "$work/log" 2>&1 || status=$?
	result "$status" "$name" "$work/log"
}

tap_end() {
	echo "1..$((passed + failed))"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
