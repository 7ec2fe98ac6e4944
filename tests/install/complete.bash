# SPDX-License-Identifier: GPL-2.0
# What bash offers after these words, one a line.
# usage: bash complete.bash COMPLETION-FILE WORD...
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_usbip_tls
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
