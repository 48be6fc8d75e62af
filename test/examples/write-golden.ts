import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXAMPLES, goldenFolder, readExample, renderTexts } from './example.ts';

/** Writes what each example gives now as what it shall give: for reading the difference before it is committed. */
for (const name of EXAMPLES) {
  const folder = goldenFolder(name);
  rmSync(folder, { recursive: true, force: true });
  for (const { path, content } of renderTexts(readExample(name)).files) {
    if (path.startsWith('ssl/')) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
