#!/bin/sh
# Prints the path of the Chromium that pages are tested in: $CHROMIUM, or one on the PATH, or Debian's package where we
# may install it.
set -eu
find_chromium() {
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" && return 0
  done
  return 1
}
find_chromium && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo 'installing chromium with apt' >&2
  export DEBIAN_FRONTEND=noninteractive
  (apt-get update && apt-get install -y --no-install-recommends chromium) >/dev/null 2>&1 || true
fi
find_chromium && exit 0
echo 'The tests of the page need Chromium: install it (Debian: sudo apt-get install chromium), or set CHROMIUM to its path.' >&2
exit 1
