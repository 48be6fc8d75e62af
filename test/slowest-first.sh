#!/bin/sh
# Prints the compiled test files: first the slowest, as CONTRIBUTING.md names them, so that none of them is left to run
# alone at the end.
set -eu
cd "$(dirname "$0")/.."
slowest=$(sed -n 's#^| `\(test/[a-z0-9/-]*\)\.test\.ts` |.*#dist/\1.test.js#p' CONTRIBUTING.md)
echo "$slowest"
find dist/test -name '*.test.js' | sort | grep -vxF "$slowest"
