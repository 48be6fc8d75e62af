import { createPollers, type Pollers } from '../../functions/http/pollers.ts';

/** Proxies that all lag: `edge-0`, `edge-1` and so on. */
export function manyPollers(count: number, now: () => number): Pollers {
  const pollers = createPollers({ now });
  for (let i = 0; i < count; i += 1)
    pollers.see(
      {
        ...{ method: 'GET', path: '/bundle', search: '', body: new Uint8Array(), peer: '10.0.0.1' },
        headers: { 'x-proxy-name': `edge-${i}`, 'x-running-hash': 'sha256:1' },
        gone: () => new AbortController().signal,
      },
      { variant: '', fleet: '' },
    );
  return pollers;
}
