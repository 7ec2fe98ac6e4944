# SPDX-License-Identifier: GPL-2.0
# Completion of usbip-tls for bash. Verbs and options are what "usbip-tls help
# --parsable" says, so there is no list here that could be out of date; bus ids
# and ports are what the command itself lists. Docks are not asked: that would
# take a connection. So for attach, whose device is a dock's, there are none.

_usbip_tls_run() {
	PATH=$PATH:/usr/sbin:/sbin command usbip-tls "$@" 2>/dev/null
}

# What can stand for an argument of this name of $verb.
_usbip_tls_values() {	# NAME OPTION
	case $verb:$1 in
	attach:DEVICE | attach:PORT) return ;;
	esac
	case $1 in
	DEVICE) _usbip_tls_run list -l -p | sed -n 's/^busid=\([^#]*\)#.*/\1/p' ;;
	PORT)
		[ "$2" = --tcp-port ] ||
			_usbip_tls_run port |
			sed -n 's/^Port 0*\([0-9][0-9]*\):.*/\1/p'
		;;
	VERB) _usbip_tls_run help -p | sed -n 's/^verb\t\([^\t]*\).*/\1/p' ;;
	HOST) compgen -A hostname -- "$cur" ;;
	FILE | 'DIR|FILE') compgen -f -- "$cur" ;;
	DIR | OUT) compgen -d -- "$cur" ;;
	*[!a-z\|-]*) ;;
	*) printf '%s\n' "${1//|/$'\n'}" ;;
	esac
}

# The option WORD of the table in $table: sets option and its argument, want.
_usbip_tls_option() {	# WORD
	local kind brief name arg

	option='' want=''
	# A tab is white space: two of them would be read as one.
	while IFS=, read -r kind brief name arg; do
		if [ "$kind" = option ] &&
			{ [ "$1" = "$name" ] || [ "$1" = "$brief" ]; }; then
			option=$name want=$arg
			return
		fi
	done < <(cut -f 1-4 <<< "$table" | tr '\t' ,)
}

_usbip_tls_field() {	# KIND N
	sed -n "s/^$1\t//p" <<< "$table" | cut -f "$2"
}

_usbip_tls() {
	local cur=${COMP_WORDS[COMP_CWORD]} table verb='' sub='' option='' want=''
	local subs words word count=0 i

	table=$(_usbip_tls_run help -p)
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [ -n "$want" ]; then
			want=''
		elif [[ ${COMP_WORDS[i]} = -* ]]; then
			_usbip_tls_option "${COMP_WORDS[i]}"
		elif [ -z "$verb" ]; then
			verb=${COMP_WORDS[i]}
			table=$(_usbip_tls_run help -p "$verb")
		elif [ -z "$sub" ] && grep -qxF "sub	${COMP_WORDS[i]}" <<< "$table"; then
			sub=${COMP_WORDS[i]}
		else
			count=$((count + 1))
		fi
	done
	subs=$(_usbip_tls_field sub 1)
	if [ -n "$want" ]; then
		words=$(_usbip_tls_values "$want" "$option")
	elif [[ $cur = -* ]]; then
		words=$(_usbip_tls_field option 2)
	elif [ -z "$verb" ]; then
		words=$(_usbip_tls_field verb 1)
	elif [ -n "$subs" ] && [ -z "$sub" ]; then
		words=$subs
	else
		want=$(sed -n "s/^arg\t$sub\t//p" <<< "$table" |
			sed -n "$((count + 1))p")
		words=${want:+$(_usbip_tls_values "$want")}
		# Nothing else to say: the options are what may come.
		words=${words:-$(_usbip_tls_field option 2)}
	fi
	COMPREPLY=()
	# Not compgen -W: that would run what a file's name says in $(...).
	while IFS= read -r word; do
		[[ -n $word && $word = "$cur"* ]] && COMPREPLY+=("$word")
	done <<< "$words"
	case $want in FILE | 'DIR|FILE' | DIR | OUT) compopt -o filenames 2>/dev/null ;; esac
}

complete -F _usbip_tls usbip-tls
