#!/bin/sh
# Makes sure that the tests have a real HAProxy: $HAPROXY, or one on the PATH, or Debian's package where we may install it.
set -eu
PATH="$PATH:/usr/sbin:/usr/local/sbin"
if [ -n "${HAPROXY:-}" ]; then
  "$HAPROXY" -v >/dev/null && exit 0
fi
command -v haproxy >/dev/null && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo 'installing haproxy with apt' >&2
  export DEBIAN_FRONTEND=noninteractive
  (apt-get update && apt-get install -y --no-install-recommends haproxy) >/dev/null 2>&1 || true
fi
command -v haproxy >/dev/null && exit 0
echo 'The tests need HAProxy 2.6 or newer: install it (Debian, Ubuntu: sudo apt-get install haproxy), or set HAPROXY to its path.' >&2
exit 1
