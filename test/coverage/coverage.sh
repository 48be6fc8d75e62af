#!/bin/sh
# npm run coverage [FILE...]: which lines of the product the tests run, by area. In a copy of the build whose two programs
# are not bundled, so that what they run counts as well: they write down what they ran once a second, since many are
# killed. The renderer's process may write nothing; what it runs, core and template, is run in the tests' own processes.
set -eu
cd "$(dirname "$0")/../.."
files=${*:-$(sh test/slowest-first.sh)}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' INT TERM
for name in * .ci .dockerignore .gitignore; do
  [ "$name" = node_modules ] || cp -r "$name" "$copy/"
done
ln -s "$PWD/node_modules" "$copy/node_modules"
cd "$copy"
for program in dist/functions/kubernetes-haproxy.js dist/reloader/haproxy-reloader.js; do
  cat >"$program" <<'END'
#!/usr/bin/env node
import { takeCoverage } from 'node:v8';
setInterval(takeCoverage, 1000).unref();
await import('./main.js');
END
done
# What fails is told, and counted all the same: some tests look at the bundles.
# shellcheck disable=SC2086 # a list of files
NODE_V8_COVERAGE="$copy/coverage" node --test --test-reporter=dot --test-concurrency=4 $files >&2 || true
node dist/test/coverage/report.js "$copy/coverage"
