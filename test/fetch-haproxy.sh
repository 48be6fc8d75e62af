#!/bin/sh
# Fetches newer HAProxy versions from Debian's later suites into .haproxy/VERSION/, with the libraries that they
# were built for: beside the system, never over it. Prints a line a version: the path to give as HAPROXY.
#
#   sh test/fetch-haproxy.sh            # 3.0, 3.2 and 3.4
#   HAPROXY="$(sh test/fetch-haproxy.sh 3.2)" npm test
set -eu
cd "$(dirname "$0")/.."
home="$PWD/.haproxy"
mirror="${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The suite that haproxy is taken from, and before it the one that its libraries are in where that is another.
suites_of() {
  case "$1" in
    3.0) echo trixie ;;
    3.2) echo sid ;;
    3.4) echo sid experimental ;;
    *) echo "no Debian suite is known for HAProxy $1" >&2 && return 1 ;;
  esac
}

# The wrapper starts the binary by its own suite's loader. --argv0 matters: at a reload the master starts its
# argv[0] anew, which must be the wrapper again and not the bare binary with this system's libraries.
wrap() {
  root="$1/root"
  cat >"$1/haproxy" <<EOF
#!/bin/sh
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --argv0 "$1/haproxy" --library-path "$root/usr/lib/$(uname -m)-linux-gnu" "$root/usr/sbin/haproxy" "\$@"
EOF
  chmod +x "$1/haproxy"
}

fetch() {
  folder="$home/$1"
  if "$folder/haproxy" -v >/dev/null 2>&1; then
    echo "$folder/haproxy"
    return
  fi
  suites="$(suites_of "$1")"
  suite="${suites##* }"
  rm -rf "$folder"
  mkdir -p "$folder/root" "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial"
  for source in $suites; do
    echo "deb [signed-by=$keyring] $mirror $source main"
  done >"$folder/apt/sources.list"
  # experimental is never the first choice of apt; and of it, only haproxy is wanted.
  printf 'Package: haproxy\nPin: release a=%s\nPin-Priority: 990\n' "$suite" >"$folder/apt/preferences"
  : >"$folder/apt/status"
  set -- -qq -o "Dir::Etc::sourcelist=$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o "Dir::Etc::preferences=$folder/apt/preferences" -o Dir::Etc::preferencesparts=/dev/null \
    -o "Dir::State=$folder/apt/state" -o "Dir::State::status=$folder/apt/status" \
    -o "Dir::Cache=$folder/apt/cache" -o "APT::Sandbox::User=$(id -un)"
  apt-get "$@" update >&2
  apt-get "$@" install --download-only --yes --no-install-recommends haproxy >&2
  for package in "$folder"/apt/cache/archives/*.deb; do
    dpkg-deb --extract "$package" "$folder/root"
  done
  # Where /lib and /lib64 are links into /usr, packages may still carry the old places.
  [ -e "$folder/root/usr/lib64" ] || ln -s "../lib64" "$folder/root/usr/lib64"
  wrap "$folder"
  "$folder/haproxy" -v >&2
  rm -rf "$folder/apt"
  echo "$folder/haproxy"
}

[ "$#" -gt 0 ] || set -- 3.0 3.2 3.4
for version in "$@"; do fetch "$version"; done
