#!/usr/bin/env bash
# Looks for known vulnerabilities in what the program calls. It fails on a finding.
# GOVULNDB is the database: Go's own by default, or file://FOLDER with a copy of it.
# Where the database cannot be reached nothing is known, and that is said; with
# VULN_REQUIRED=1 it is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
tool=${GOVULNCHECK:?names the module and version of govulncheck}
out=$(mktemp)
trap 'rm -f "$out"' EXIT

dir=$(mktemp -d)
GOBIN=$dir go install "$tool"
status=0
"$dir/govulncheck" ${GOVULNDB:+-db "$GOVULNDB"} ./cmd/zoom-phone-mcp >"$out" 2>&1 || status=$?
rm -rf "$dir"
cat "$out"
if [ "$status" -eq 1 ] && grep -q 'fetching vulnerabilities' "$out"; then
	echo "NOT CHECKED: the vulnerability database could not be reached; nothing is known about this build."
	[ "${VULN_REQUIRED:-}" = 1 ] || exit 0
fi
exit "$status"
