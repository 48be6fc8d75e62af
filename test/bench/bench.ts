import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from './machine.ts';
import { formatSection, putSection, type Section } from './section.ts';

/**
 * Runs the benchmarks that are named, else all of them, prints what they tell and keeps it in RESULTS.md.
 * A benchmark is a module NAME.bench.ts here, whose default export gives its section, or its sections.
 */
const RESULTS = join(import.meta.dirname, '..', '..', '..', 'test', 'bench', 'RESULTS.md');
const SUFFIX = '.bench.js';

const all = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();
const asked = process.argv.slice(2);
const strange = asked.find((name) => !all.includes(name));
if (strange !== undefined) {
  process.stderr.write(`there is no benchmark ${strange}; there are ${all.join(', ')}\n`);
  process.exit(2);
}

function keep(section: Section): void {
  process.stdout.write(`${formatSection(section)}\n`);
  const document = existsSync(RESULTS)
    ? readFileSync(RESULTS, 'utf8')
    : '# Benchmarks\n\n`npm run bench` writes this file anew, `npm run bench NAME` a part of it.\n';
  writeFileSync(RESULTS, putSection(document, section));
}

keep(describeMachine());
for (const name of asked.length > 0 ? asked : all) {
  const { default: run } = (await import(`./${name}${SUFFIX}`)) as {
    default: () => Promise<Section | readonly Section[]>;
  };
  const told = await run();
  for (const section of Array.isArray(told) ? told : [told]) keep(section as Section);
}
