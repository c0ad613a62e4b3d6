#!/bin/sh
# runtime.sh RELAY_JS FOLDER: makes of FOLDER the whole file system of a container that runs the relay: Node with the
# libraries it is linked to, relay.js, a user without rights and two folders of theirs. No shell, no package, no tool.
set -eu
relay=$1
root=$2
node=$(node -p process.execPath)
install -D -m 755 "$node" "$root/usr/local/bin/node"
for library in $(ldd "$node" | grep -o '/[^ )]*'); do
  install -D -m 755 "$library" "$root$library"
done
install -D -m 644 "$relay" "$root/app/relay.js"
install -d -m 755 "$root/etc"
echo 'staffetta:x:65532:65532::/data:/sbin/nologin' >"$root/etc/passwd"
echo 'staffetta:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
install -d -m 1777 "$root/tmp"
install -d -m 700 -o 65532 -g 65532 "$root/data" "$root/backups"
