#!/usr/bin/env bash
# The libraries in the binaries and their licences, found by go-licenses.
#   licences.sh          writes docs/licences.md
#   licences.sh check    fails where it is stale, or a licence is not allowed
#   licences.sh texts    prints licences and notices in full
set -euo pipefail
export LC_ALL=C CGO_ENABLED=0
cd "$(dirname "$0")/../.."
program=./cmd/zoom-phone-mcp list=docs/licences.md
# Those that ask for no more than their text and the notices beside the binary.
allowed=0BSD,Apache-2.0,BSD-2-Clause,BSD-3-Clause,ISC,MIT,MIT-0

# The one library whose licence go-licenses does not know: a person has read this text.
wasm=github.com/ncruces/go-sqlite3-wasm/v6
go mod download
wasm_licence=$(go list -m -f '{{.Dir}}' $wasm)/LICENSE
if [ "$(git hash-object "$wasm_licence")" != a6c6cdc4248604fadf9bd717a188d3e6ebe2f672 ]; then
	echo "$wasm has another licence than MIT-0: read it" >&2
	exit 1
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -modfile=tools/licences/go.mod -o "$tmp/go-licenses" github.com/google/go-licenses/v2
# on_each COMMAND … runs go-licenses for each system of the releases, which link different libraries.
on_each() {
	for GOOS in darwin linux windows; do
		export GOOS
		"$tmp/go-licenses" "${@/SYSTEM/$GOOS}" --ignore zoom-phone-mcp --ignore $wasm "$program" 2>"$tmp/log" || { cat "$tmp/log" >&2 && return 1; }
	done
}

if [ "${1:-}" = texts ]; then
	on_each save --save_path "$tmp/texts-SYSTEM"
	mkdir -p "$tmp/all/$wasm" "$tmp/all/the Go standard library"
	cp -Rf "$tmp"/texts-*/. "$tmp/all"
	cp "$wasm_licence" "$tmp/all/$wasm"
	cp "$(go env GOROOT)/LICENSE" "$tmp/all/the Go standard library"
	echo "zoom-phone-mcp contains these works of others."
	cd "$tmp/all"
	find . -type f | sort | while read -r file; do
		printf '\n========================================\n%s\n\n' "${file#./}"
		cat "$file"
	done
	exit
fi

on_each check --allowed_licenses $allowed
# report asks the network for addresses that are not shown, and does without.
printf '{{range .}}| %s | %s | %s |\n{{end}}' '{{.Name}}' '{{.Version}}' '{{.LicenseName}}' >"$tmp/template"
on_each report --template "$tmp/template" >"$tmp/rows"
{
	cat <<END
# Licences

What the binaries contain besides this project's own code, which is under the [MIT licence](../LICENSE). Releases carry
the full texts in \`third-party-licences.txt\`. Made by \`make licences\`; CI fails when it is not up to date, and on any licence
besides ${allowed//,/, }.

| library | version | licence |
|---|---|---|
END
	{ cat "$tmp/rows" && echo "| $wasm | $(go list -m -f '{{.Version}}' $wasm) | MIT-0 |"; } | sort -u
	echo "| the Go standard library | | BSD-3-Clause |"
} >"$tmp/list"
if [ "${1:-}" = check ]; then
	diff "$list" "$tmp/list" || { echo "$list is not up to date: run make licences" >&2 && exit 1; }
else
	cat "$tmp/list" >"$list"
fi
