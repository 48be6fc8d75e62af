#!/bin/sh
# Builds kube-apiserver, etcd and etcdutl of the versions that go.mod and go.sum pin: once, outside of the repository.
# The first time takes some minutes and 2 GB of memory. Prints the folder that they are in.
set -eu
cd "$(dirname "$0")"
if ! command -v go >/dev/null; then
  echo 'The tests against a real API server build it: install Go (https://go.dev/dl/), of the version in test/cluster/go.mod or newer.' >&2
  exit 1
fi
version="$(go list -m -f '{{.Version}}' k8s.io/kubernetes)"
pinned="$(cat go.mod go.sum build.sh | cksum | cut -d " " -f 1)"
home="${XDG_CACHE_HOME:-$HOME/.cache}/kubernetes-haproxy/cluster"
folder="$home/$version-$pinned"

build() {
  echo "building $1 with $(go env GOVERSION)" >&2
  CGO_ENABLED=0 nice go build -p 2 -trimpath -buildvcs=false \
    -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" -o "$new/$1" "$2"
}

if [ ! -d "$folder" ]; then
  mkdir -p "$home"
  new="$(mktemp -d "$home/new-XXXXXX")"
  trap 'rm -rf "$new"' EXIT
  build etcd go.etcd.io/etcd/server/v3
  build etcdutl go.etcd.io/etcd/etcdutl/v3
  build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
  # Whoever builds at the same time has built the same.
  mv -T "$new" "$folder" 2>/dev/null || [ -d "$folder" ]
fi
echo "$folder"
