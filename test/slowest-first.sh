#!/bin/sh
# Prints what `npm test` runs: first the slowest files, as CONTRIBUTING.md names them, so that none of them is left to run
# alone at the end; then the small files of areas that start few processes, one process an area, which imports them all
# (each file can be run on its own as well); then all others.
set -eu
cd "$(dirname "$0")/.."
slowest=$(sed -n 's#^| `\(test/[a-z0-9/-]*\)\.test\.ts` |.*#dist/\1.test.js#p' CONTRIBUTING.md)
echo "$slowest"
mkdir -p dist/test/groups
together='access core page plan template wire'
for area in $together; do
  find "dist/test/$area" -name '*.test.js' | sort | grep -vxF "$slowest" |
    sed "s#^dist/test/\(.*\)#import '../\1';#" >"dist/test/groups/$area.js"
  echo "dist/test/groups/$area.js"
done
find dist/test -name '*.test.js' | sort | grep -vxF "$slowest" |
  grep -v "^dist/test/\($(echo "$together" | sed 's/ /\\|/g')\)/"
