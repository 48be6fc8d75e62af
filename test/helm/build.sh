#!/bin/sh
# Builds helm of the version that go.mod and go.sum pin: once, outside of the repository. The first time takes some
# minutes. Prints the path of the binary.
set -eu
cd "$(dirname "$0")"
if ! command -v go >/dev/null; then
  echo 'The tests of the chart build helm: install Go (https://go.dev/dl/), of the version in test/helm/go.mod or newer.' >&2
  exit 1
fi
pinned="$(cat go.mod go.sum build.sh | cksum | cut -d " " -f 1)"
home="${XDG_CACHE_HOME:-$HOME/.cache}/kubernetes-haproxy/helm"
folder="$home/$(go list -m -f '{{.Version}}' helm.sh/helm/v4)-$pinned"

if [ ! -d "$folder" ]; then
  mkdir -p "$home"
  new="$(mktemp -d "$home/new-XXXXXX")"
  trap 'rm -rf "$new"' EXIT
  echo "building helm with $(go env GOVERSION)" >&2
  CGO_ENABLED=0 nice go build -p 2 -trimpath -buildvcs=false -ldflags '-s -w' -o "$new/helm" helm.sh/helm/v4/cmd/helm
  # Whoever builds at the same time has built the same.
  mv -T "$new" "$folder" 2>/dev/null || [ -d "$folder" ]
fi
echo "$folder/helm"
