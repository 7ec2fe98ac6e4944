#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Completion in bash and zsh, compared with the command itself: it must offer what
# "usbip-tls help" and "usbip-tls help VERB" show, for every verb.
#
# usage: tests/install/completion.sh          after make helper
# Prints TAP and ends with "N passed, N failed".
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/tap.sh"
here=$top/tests/install
etc=$top/helper/etc/completion
real=$top/build/usbip-tls

# A machine with two devices, one of them attached.
make_command() {
	mkdir "$work/bin" "$work/files"
	cat > "$work/bin/usbip-tls" <<-END
		#!/bin/sh
		case "\$*" in
		"list -l -p")
			echo "busid=1-2#usbid=0781:5567#status=available#"
			echo "busid=3-1.4#usbid=046d:c31c#status=not-bound#" ;;
		port)
			printf 'Port 00: used at High Speed\n       x\n'
			printf 'Port 12: used at Super Speed\n' ;;
		*) exec "$real" "\$@" ;;
		esac
	END
	chmod +x "$work/bin/usbip-tls"
	touch "$work/files/a b" "$work/files/\$(touch pwned)"
	mkdir "$work/files/adir"
}

offer() {	# SHELL WORD...
	local shell=$1
	shift
	(
		cd "$work/files"
		export PATH=$work/bin:$PATH
		case $shell in
		bash) bash "$here/complete.bash" "$etc/usbip-tls.bash" "$@" ;;
		zsh) timeout 60 zsh -f "$here/complete.zsh" "$etc" "$@" ;;
		esac
	)
}

same() {	# WANTED OFFERED
	[ -n "$1" ] && diff <(sort <<< "$1") <(sort <<< "$2")
}

offers() {	# SHELL WANTED WORD...
	local shell=$1 wanted=$2
	shift 2
	same "$wanted" "$(offer "$shell" "$@")"
}

offers_none() {	# SHELL WORD...
	[ -z "$(offer "$@")" ]
}

# Long options in the text for people.
options_of() {	# [VERB]
	"$real" help "$@" | sed -nE 's/^  (-[a-zA-Z], )?(--[a-z-]+).*/\2/p'
}

verbs() {
	"$real" help | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}

subs() {	# VERB
	"$real" help "$1" | sed -nE "s/.*usbip-tls $1 ([a-z-]+) .*/\1/p" | sort -u
}

check_shell() {	# SHELL
	local sh=$1 verb

	try "$sh: verbs" offers "$sh" "$(verbs)" usbip-tls ''
	try "$sh: options before the verb" \
		offers "$sh" "$(options_of)" usbip-tls -
	for verb in $(verbs); do
		try "$sh: options of $verb" \
			offers "$sh" "$(options_of "$verb")" usbip-tls "$verb" -
	done
	try "$sh: a verb after an option with its argument" \
		offers "$sh" attach usbip-tls -c x --debug at
	try "$sh: verbs of pki" offers "$sh" "$(subs pki)" usbip-tls pki ''
	try "$sh: verbs to get help on" offers "$sh" "$(verbs)" usbip-tls help ''
	try "$sh: choices" \
		offers "$sh" $'dock\ntablet' usbip-tls pki issue --role ''
	try "$sh: devices" offers "$sh" $'1-2\n3-1.4' usbip-tls bind -b ''
	try "$sh: a device that was begun" \
		offers "$sh" 3-1.4 usbip-tls bind --busid 3
	try "$sh: not ours for a dock's" offers_none "$sh" usbip-tls attach -b ''
	try "$sh: not a port in use for a new device" \
		offers_none "$sh" usbip-tls attach -p ''
	try "$sh: ports" offers "$sh" $'0\n12' usbip-tls detach -p ''
	try "$sh: a file with a blank in its name" file_with_blank "$sh"
	try "$sh: the name of a file is not run" [ ! -e "$work/files/pwned" ]
}

# zsh writes it as it has to be typed.
file_with_blank() {	# SHELL
	local offered

	offered=$(offer "$1" usbip-tls -c a)
	printf '%s\n' "$offered"
	[[ $offered = *a*' b'* && $offered = *adir* ]] || return 1
	offered=$(offer "$1" usbip-tls -c '$')
	printf '%s\n' "$offered"
}

if [ ! -x "$real" ]; then
	echo "$real is missing: make helper" >&2
	exit 1
fi
make_command
check_shell bash
check_shell zsh
tap_end
