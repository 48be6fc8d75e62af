#!/bin/sh
# Prints what `npm test` runs: first the slowest files, as CONTRIBUTING.md names them, so that none of them is left to run
# alone at the end; then all others of an area together, a few in one process, which imports them (each file can be run on
# its own as well); then what is in no area.
#
#     sh test/slowest-first.sh [FOLDER]
#
# FOLDER of dist/test is where it writes what imports a group: whoever asks while these tests run names another.
set -eu
groups=dist/test/${1:-groups}
cd "$(dirname "$0")/.."
# More would wait for each other too long.
AT_MOST=12
slowest=$(sed -n 's#^| `\(test/[a-z0-9/-]*\)\.test\.ts` |.*#dist/\1.test.js#p' CONTRIBUTING.md)
echo "$slowest"
rm -rf "$groups"
mkdir -p "$groups"
find dist/test -name '*.test.js' | sort | grep -vxF "$slowest" |
  awk -F / -v at_most="$AT_MOST" -v groups="$groups" '
    NF < 4 { print; next }
    {
      group = groups "/" $3 "-" int(files[$3] / at_most) ".js"
      files[$3]++
      if (!seen[group]++) print group
      sub("dist/test/", "")
      print "import '\''../" $0 "'\'';" >group
    }'
