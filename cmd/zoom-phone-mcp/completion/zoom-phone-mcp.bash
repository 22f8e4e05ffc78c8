# bash completion for zoom-phone-mcp; works in bash 3.2 and newer.

_zoom_phone_mcp() {
	# Bash splits words at = and : too. Put together what stood together.
	local rest=$COMP_LINE trimmed word i
	local -a words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		trimmed=${rest#"${rest%%[![:space:]]*}"}
		if ((i > 0)) && [[ $trimmed == "$rest" ]]; then
			words[${#words[@]} - 1]+=$word
		else
			words[${#words[@]}]=$word
		fi
		rest=${trimmed#"$word"}
	done

	local last=$((${#words[@]} - 1))
	local current=${words[last]} split=
	if [[ $COMP_WORDBREAKS == *=* ]]; then
		split=${current%"${current##*=}"} # bash puts only what follows the last = in place
	fi
	local program=${words[0]/#\~/$HOME} candidate
	COMPREPLY=()
	while IFS=$'\t' read -r candidate _; do
		COMPREPLY[${#COMPREPLY[@]}]=${candidate#"$split"}
	done < <("$program" __complete $((last - 1)) -- "${words[@]:1}" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

complete -o default -F _zoom_phone_mcp zoom-phone-mcp
