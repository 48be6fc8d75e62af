import { setFlagsFromString } from 'node:v8';

/**
 * Leaves the parser of undici, which is WebAssembly, as V8 compiles it at first. Otherwise V8 optimises it after a few
 * answers: 100 ms of a processor and 30 MB of memory for one function, and a process that ends waits for it. It reads
 * headers alone; what bodies take is the same without.
 */
export function keepParserSimple(): void {
  // The first implies the others only where it is given to Node.js itself.
  for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'])
    setFlagsFromString(flag);
}
