#!/usr/bin/env bash
# The program runs as the documented container runs it: a root file system that has the
# static binary, the authorities and empty folders, mounted read-only; user 65532; the
# environment of the image; a tmpfs on /tmp. And without the tmpfs, where it has to say so.
# Needs Linux, and root or user namespaces. Usage: readonly-root.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
work=$(mktemp -d)
server=
finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
fail() { echo "FAILED: $*"; exit 1; }


# What the base image and the Dockerfiles set; both of these have to agree.
here=$(dirname "$(realpath "$0")")
environment() { sed -n 's/^ENV //p' "$1"; }
[ "$(environment "$here/../Dockerfile")" = "$(environment "$here/../../Dockerfile")" ] || fail "the Dockerfiles set different variables"
image=(HOME=/home/nonroot SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt)
for pair in $(environment "$here/../Dockerfile"); do image+=("$pair"); done

mkdir -p "$work/root/etc/ssl/certs" "$work/root/usr/bin" "$work/root/tmp" "$work/root/home/nonroot"
cp /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/" 2>/dev/null || touch "$work/root/etc/ssl/certs/ca-certificates.crt"
cp "$binary" "$work/root/usr/bin/zoom-phone-mcp"
chmod -R a+rX "$work"

# contained ARGS: the program in that root, with a tmpfs on /tmp if there is one. The outer namespace mounts it, the
# inner step gives up being root.
tmpfs=yes
contained() {
	local outer=(unshare --mount) inner='exec chroot --userspec=65532:65532 "$0" /usr/bin/zoom-phone-mcp "$@"'
	if [ "$(id -u)" -ne 0 ]; then
		outer=(unshare --user --map-root-user --mount)
		inner='exec unshare --user --map-user=65532 --map-group=65532 --root="$0" --wd=/ /usr/bin/zoom-phone-mcp "$@"'
	fi
	exec env -i PATH="$PATH" "${image[@]}" TMPFS="$tmpfs" "${outer[@]}" sh -c '
		set -e
		mount --bind "$0" "$0"
		mount -o remount,bind,ro "$0"
		! touch "$0/etc/writable" 2>/dev/null || { echo "the root can be written"; exit 1; }
		[ -z "$TMPFS" ] || mount -t tmpfs -o mode=1777,noexec,nosuid,nodev tmpfs "$0/tmp"
		unset TMPFS
		'"$inner" "$work/root" "$@"
}

(contained version) || fail "it does not start"

echo "- stdio"
hello='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"check","version":"1"}}}'
ready='{"jsonrpc":"2.0","method":"notifications/initialized"}'
call='{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"call_zoom-phone","arguments":{"method":"list_call_queues","all_pages":true,"sql":"SELECT count(*) AS queues FROM records"}}}'
(printf '%s\n' "$hello" "$ready" "$call" | contained stdio --demo) >"$work/stdio" 2>"$work/log" || fail "stdio: $(cat "$work/log")"
grep -q '"id":2' "$work/stdio" && ! grep -q '"isError":true' "$work/stdio" && grep -q queues "$work/stdio" || fail "stdio answered $(cat "$work/stdio")"

echo "- serve"
port=$((20000 + RANDOM % 20000))
(contained serve --demo --addr "127.0.0.1:$port") >"$work/serve" 2>&1 &
server=$!
get() { exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3 && cat <&3; }
for _ in $(seq 100); do
	(get /readyz) 2>/dev/null >"$work/ready" && grep -q ' 200 ' "$work/ready" && break
	sleep 0.1
done
grep -q ' 200 ' "$work/ready" || fail "it is not ready: $(cat "$work/serve")"
(get /healthz) | grep -q ' 200 ' || fail "it is not healthy"
kill -TERM "$server"
wait "$server" || fail "it does not end in order: $(cat "$work/serve")"
server=

echo "- a download"
first() { # METHOD FIELD: the id in the first record's address. One page of more is status 3.
	local status=0
	(contained call "$1" page_size=1 --select "$2[0].download_url" --demo) >"$work/first" 2>"$work/log" || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fail "$1: $(cat "$work/log")"
	sed -n 's|.*/download/\([^"]*\)".*|\1|p' "$work/first"
}
recording=$(first get_phone_recordings recordings)
call='{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"call_zoom-phone","arguments":{"method":"phone_download_recording_file","params":{"fileId":"'$recording'"}}}}'
(printf '%s\n' "$hello" "$ready" "$call" | contained stdio --demo) >"$work/stdio" 2>"$work/log" || fail "stdio: $(cat "$work/log")"
grep -q '"sha256":"' "$work/stdio" && grep -q '"path":"/tmp/zoom-phone-mcp/' "$work/stdio" || fail "a download said $(cat "$work/stdio")"

echo "- what needs a place to write says so"
# The home cannot be written and there is no tmpfs; an error that names the folder or the setting is wanted.
tmpfs=
told() { # WORD ARGS
	local word=$1 status=0
	shift
	(contained "$@") >"$work/told" 2>&1 </dev/null || status=$?
	[ "$status" -ne 0 ] || fail "$* succeeded: $(cat "$work/told")"
	[ "$status" -lt 3 ] && ! grep -q 'goroutine ' "$work/told" && grep -qi -- "$word" "$work/told" || fail "$* said: $(cat "$work/told")"
}
file=$(first account_voice_mails voice_mails)
call='{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"call_zoom-phone","arguments":{"method":"phone_download_voicemail_file","params":{"fileId":"'$file'"}}}}'
(printf '%s\n' "$hello" "$ready" "$call" | contained stdio --demo) >"$work/told" 2>/dev/null || fail "stdio ended"
grep -q '"kind":"storage"' "$work/told" && grep -q read-only "$work/told" || fail "a download said $(cat "$work/told")"
told 'read-only' keys add ann
told 'read-only' keys add ann --file /keys
told 'ZOOM_CLIENT_ID' auth login --no-browser
echo "the program runs with a read-only root, as user 65532, and downloads to its tmpfs"
