#!/bin/sh
# Prints the path of promtool, by which Prometheus checks metrics and rules: one on the PATH, or that of Debian's
# prometheus, unpacked into ~/.cache/kubernetes-haproxy/promtool (or below XDG_CACHE_HOME): installed, it would start a
# server.
set -eu
command -v promtool && exit 0
home="${XDG_CACHE_HOME:-$HOME/.cache}/kubernetes-haproxy/promtool"
binary="$home/usr/bin/promtool"
if ! "$binary" --version >/dev/null 2>&1 && command -v apt-get >/dev/null; then
  echo "fetching promtool" >&2
  beside="$(mktemp -d)"
  (cd "$beside" && (apt-get -qq download prometheus || (apt-get -qq update && apt-get -qq download prometheus)) >&2) || true
  for package in "$beside"/prometheus_*.deb; do
    [ -e "$package" ] && mkdir -p "$home" && dpkg-deb --extract "$package" "$home"
  done
  rm -rf "$beside"
fi
if "$binary" --version >/dev/null 2>&1; then
  echo "$binary"
  exit 0
fi
echo 'This test needs promtool: install it (https://prometheus.io/download/), and put it on the PATH.' >&2
exit 1
