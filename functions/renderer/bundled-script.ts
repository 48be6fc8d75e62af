import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/**
 * Runs a bundle, as `require` would, with what V8 kept of compiling it in another process: most of the time in which a
 * renderer starts, V8 reads a megabyte of code. V8 refuses what is of another version, of other flags, or of a source of
 * another length, and then compiles as ever. (https://v8.dev/blog/code-caching-for-devs)
 */
export function runBundledScript(file: string, codeCache?: Buffer): Script {
  const script = new Script(Module.wrap(readFileSync(file, 'utf8')), {
    filename: file,
    ...(codeCache && { cachedData: codeCache }),
  });
  script.runInThisContext()({}, createRequire(file), { exports: {} }, file, dirname(file));
  return script;
}
