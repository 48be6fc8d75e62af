import { setFlagsFromString } from 'node:v8';

/**
 * Leaves the parser of undici, which is WebAssembly, as V8 compiles it at first. V8 of Node.js 20 optimises it after one or
 * two answers, later ones after some more: 100 ms of a processor and 30 MB of memory for one function, and a process that
 * ends waits for it. It reads headers alone; what bodies take is the same without.
 */
export function keepParserSimple(): void {
  setFlagsFromString('--wasm-tiering-budget=1000000000');
}
