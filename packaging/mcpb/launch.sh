#!/bin/sh
# Starts the binary of this machine. A bundle's manifest tells systems apart, but not processors.
set -eu
case $(uname -s) in
Darwin) system=darwin ;;
Linux) system=linux ;;
*) echo "zoom-phone-mcp: no binary for $(uname -s)" >&2; exit 1 ;;
esac
case $(uname -m) in
x86_64 | amd64) processor=amd64 ;;
arm64 | aarch64) processor=arm64 ;;
*) echo "zoom-phone-mcp: no binary for $(uname -m)" >&2; exit 1 ;;
esac
exec "$(dirname "$0")/zoom-phone-mcp-$system-$processor" "$@"
