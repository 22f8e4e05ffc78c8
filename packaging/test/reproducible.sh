#!/usr/bin/env bash
# Two builds of the same source have the same bytes, from different folders and at
# different times. The second compiles the project's own packages anew; with FULL=1
# it compiles everything anew, which takes minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0
flags=(-trimpath -buildvcs=false "-ldflags=-s -w -X main.release=0.0.0") # as in .goreleaser.yaml
cache=$(go env GOCACHE)
first=$(mktemp -d) second=$(mktemp -d) again=$cache-again-$$
trap 'rm -rf "$first" "$second" "$again"' EXIT

go build "${flags[@]}" -o "$first/program" ./cmd/zoom-phone-mcp

# -trimpath keeps folders out of the cache's keys: with the same cache the second build would be
# given what the first one made. So it has a copy of the cache without the project's packages.
mkdir -p "$again" "$second/elsewhere/source"
if [ "${FULL:-}" != 1 ]; then
	cp -al "$cache/." "$again/"
	go list -export -deps -trimpath -buildvcs=false -f '{{with .Module}}{{if .Main}}{{$.Export}}{{end}}{{end}}' ./cmd/zoom-phone-mcp >"$first/made"
	while read -r made; do
		[ -n "$made" ] && rm -f "$again/${made#"$cache"/}"
	done <"$first/made"
fi
cp -R go.mod go.sum cmd internal spec "$second/elsewhere/source/"
find "$second/elsewhere" -exec touch -d '2001-02-03 04:05:06' {} +
compiled=$(cd "$second/elsewhere/source" && GOCACHE=$again go build -v "${flags[@]}" -o "$second/program" ./cmd/zoom-phone-mcp 2>&1 | wc -l)

cmp "$first/program" "$second/program"
own=$(go list -deps -f '{{with .Module}}{{if .Main}}x{{end}}{{end}}' ./cmd/zoom-phone-mcp | grep -c x)
if [ "$compiled" -lt "$own" ]; then
	echo "the second build compiled $compiled packages, and the project has $own: it proves nothing"
	exit 1
fi
if grep -aqF "$PWD/" "$first/program"; then
	echo "the binary names the folder that it was built in"
	exit 1
fi
echo "$(sha256sum "$first/program" | cut -d' ' -f1) twice; $compiled packages compiled anew"
