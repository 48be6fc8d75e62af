/**
 * What `npm test` starts its files with (`test/in-order.ts`), for the programs that they start: for most of those, too,
 * what V8 spends on optimising is more than they gain in the second that they live.
 */
export const V8_FLAGS: readonly string[] = process.execArgv.filter((flag) =>
  flag.startsWith('--interrupt-budget='),
);
