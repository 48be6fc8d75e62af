#!/bin/sh
# Builds the conformance suite of Gateway API and the server that its backends run, of the versions that go.mod and go.sum
# pin: once, outside of the repository. Prints the folder that they are in, with the suite's manifests and definitions.
set -eu
cd "$(dirname "$0")"
if ! command -v go >/dev/null; then
  echo 'The conformance tests build the suite: install Go (https://go.dev/dl/), of the version in test/cluster/gateway/go.mod or newer.' >&2
  exit 1
fi
suite=sigs.k8s.io/gateway-api/conformance
version="$(go list -m -f '{{.Version}}' "$suite")"
pinned="$(cat go.mod go.sum build.sh | cksum | cut -d " " -f 1)"
home="${XDG_CACHE_HOME:-$HOME/.cache}/kubernetes-haproxy/gateway-api"
folder="$home/$version-$pinned"

flags='-p 2 -trimpath'

if [ ! -d "$folder" ]; then
  mkdir -p "$home"
  new="$(mktemp -d "$home/new-XXXXXX")"
  trap 'rm -rf "$new"' EXIT
  echo "building the conformance suite of Gateway API $version with $(go env GOVERSION)" >&2
  # shellcheck disable=SC2086 # words
  CGO_ENABLED=0 nice go build $flags -buildvcs=false -ldflags '-s -w' -o "$new/echo-basic" "$suite/echo-basic"
  # shellcheck disable=SC2086 # words
  CGO_ENABLED=0 nice go test -c $flags -ldflags '-s -w' -o "$new/conformance" "$suite"
  cp -R "$(go list -m -f '{{.Dir}}' sigs.k8s.io/gateway-api)/config/crd/standard" "$new/crd"
  cp -R "$(go list -m -f '{{.Dir}}' "$suite")/base" "$(go list -m -f '{{.Dir}}' "$suite")/tests" "$new"
  find "$new/tests" -type f ! -name '*.yaml' -exec rm -f {} +
  chmod -R u+w "$new"
  # Whoever builds at the same time has built the same.
  mv -T "$new" "$folder" 2>/dev/null || [ -d "$folder" ]
fi
echo "$folder"
