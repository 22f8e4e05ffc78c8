# fish completion for zoom-phone-mcp.

function __zoom_phone_mcp_complete
	set -l words (commandline -opc)
	set -l current (commandline -ct)
	set -l found ($words[1] __complete (math (count $words) - 1) -- $words[2..-1] "$current" 2>/dev/null)
	if test (count $found) -gt 0
		printf '%s\n' $found
	else
		__fish_complete_path "$current"
	end
end

complete -c zoom-phone-mcp -k -f -a '(__zoom_phone_mcp_complete)'
