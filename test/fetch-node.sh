#!/bin/sh
# Fetches newer versions of Node.js from the npm registry into ~/.cache/kubernetes-haproxy/node (or below
# XDG_CACHE_HOME): beside the system's, never over it. Prints a line a version: the path to give as NODE_BINARY.
#
#   sh test/fetch-node.sh            # 22 and 24
#   NODE_BINARY="$(sh test/fetch-node.sh 24)" node --test dist/test/long/package.long.js
set -eu
home="${XDG_CACHE_HOME:-$HOME/.cache}/kubernetes-haproxy/node"

fetch() {
  folder="$home/$1"
  binary="$folder/node_modules/node/bin/node"
  if ! "$binary" --version >/dev/null 2>&1; then
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error "node@$1" >&2
  fi
  "$binary" --version >&2
  echo "$binary"
}

[ "$#" -gt 0 ] || set -- 22 24
for version in "$@"; do fetch "$version"; done
