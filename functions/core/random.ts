/**
 * Numbers for `random` and `lipsum`: the same for every render, so that replicas agree and nothing changes by itself
 * (mulberry32, after Tommy Ettinger; public domain).
 */
export function createRandom(): { readonly next: () => number; readonly restart: () => void } {
  let state = 0;
  return {
    restart: () => {
      state = 0;
    },
    next: () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}
