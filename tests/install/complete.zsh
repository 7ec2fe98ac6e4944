# SPDX-License-Identifier: GPL-2.0
# What zsh offers after these words, one a line: presses the tab key in a zsh of
# its own, where compadd keeps what it is given.
# usage: zsh -f complete.zsh COMPLETION-DIR WORD...
zmodload zsh/zpty || exit 2
rc=$(mktemp) || exit 2
trap 'rm -f $rc' EXIT
cat > $rc <<END
PS1= fpath=(${(q)1} \$fpath)
autoload -U compinit
compinit -u -D
END
cat >> $rc <<'END'
ut_tab() {
	local -a all
	compadd() {
		local -a got
		# Within _describe it only stores matches, by -O, -A or -D.
		if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
			builtin compadd -A got "$@"
			all+=("$got[@]")
		fi
		builtin compadd "$@"
	}
	_main_complete
	unfunction compadd
	print -r -- "offer<${(F)all}>offer"
	compstate[list]= compstate[insert]=
}
zle -C ut-tab complete-word ut_tab
bindkey '^I' ut-tab
print -r ready
END
shift
zpty -b shell zsh -f -i || exit 2
zpty -w shell "source $rc"
zpty -r shell out '*ready*' || exit 2
zpty -w -n shell "$*"$'\t'
zpty -r shell out '*offer<*>offer*' || exit 2
out=${${out##*offer<}%%>offer*}
print -r -- ${out//$'\r'/}
zpty -d shell
