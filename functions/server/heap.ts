import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap of V8 small, from the start.
 *
 * What a bundle leaves behind is soon garbage. Left to itself the heap grows by whatever a burst of changes leaves, and
 * keeps that: half as much memory again as the service needs. Collecting earlier costs a few milliseconds a burst.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Lets the heap grow as V8 does by itself: where thousands of requests are held, each collection goes over all of them,
 * so that few large ones take half the time of many small ones.
 */
export function keepHeapForMany(): void {
  setFlagsFromString('--heap-growing-percent=0');
  setFlagsFromString('--semi-space-growth-factor=2');
}
