#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs cmocka programs one after the other, shows what they print, and ends with
# "N passed, N failed[, N skipped]". A program that dies without naming a failed test
# counts as one failed test; so does one that runs none.
set -euo pipefail

if [ $# -eq 0 ]; then
	echo "usage: $0 PROGRAM..." >&2
	exit 2
fi

export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1:halt_on_error=1}
deadline=${UNIT_TIMEOUT-900}
passed=0
failed=0
skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for prog; do
	echo "# ${prog##*/}"
	rc=0
	timeout "$deadline" "$prog" < /dev/null > "$log" 2>&1 || rc=$?
	cat "$log"
	ok=$(grep -c '^\[       OK \]' "$log" || [ $? -eq 1 ])
	# The summary has the number of those that failed or were skipped; each of these
	# is named twice.
	bad=$(awk '/^\[  FAILED  \] [0-9]+ test\(s\)/ { n += $4 } END { print n + 0 }' "$log")
	skip=$(awk '/^\[  SKIPPED \] [0-9]+ test\(s\)/ { n += $4 } END { print n + 0 }' "$log")
	# A set-up that fails is an error to cmocka, not a failure, and is named once.
	err=$(grep -c '^\[  ERROR   \] [a-z]' "$log" || [ $? -eq 1 ])
	bad=$((bad + err))
	if [ "$bad" -eq 0 ] && { [ "$rc" -ne 0 ] || [ "$ok" -eq 0 ]; }; then
		echo "${prog##*/}: exit code $rc after $ok tests"
		bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	skipped=$((skipped + skip))
done

tail=
[ "$skipped" -eq 0 ] || tail=", $skipped skipped"
echo "$passed passed, $failed failed$tail"
[ "$failed" -eq 0 ]
