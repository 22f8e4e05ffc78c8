#compdef zoom-phone-mcp
# zsh completion for zoom-phone-mcp.

_zoom_phone_mcp() {
	local line word
	local -a candidates open
	for line in "${(@f)$(${~words[1]} __complete $((CURRENT - 2)) -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
		[[ -n $line ]] || continue
		word=${line%%$'\t'*}
		if [[ $word == *= ]]; then
			open+=("${word//:/\\:}:${line#*$'\t'}")
		else
			candidates+=("${word//:/\\:}:${line#*$'\t'}")
		fi
	done
	if (( ! $#candidates && ! $#open )); then
		_files
		return
	fi
	(( $#candidates )) && _describe -V zoom-phone-mcp candidates
	(( $#open )) && _describe -V zoom-phone-mcp open -S ''
	return 0
}

if [[ $funcstack[1] == _zoom-phone-mcp ]]; then
	_zoom_phone_mcp "$@"
else
	compdef _zoom_phone_mcp zoom-phone-mcp
fi
