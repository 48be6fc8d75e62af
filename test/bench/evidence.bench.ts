import { measureEvidence } from './rollout/evidence.ts';
import type { Section } from './section.ts';

const SIZES = [
  { services: 10, pods: 10 },
  { services: 100, pods: 10 },
];
/** The shortest, which is the default of ROLLOUT_WINDOW, and longer ones. */
const WINDOWS_S = [10, 20, 30];

/** What a reloader and its HAProxy spend on evidence while they are asked for it. */
export default async function evidence(): Promise<Section> {
  const cases = WINDOWS_S.flatMap((windowS) => SIZES.map((size) => ({ ...size, windowS })));
  const all = await Promise.all(cases.map(measureEvidence));
  return {
    title: 'What evidence takes of a proxy',
    note: 'Reloaders with their HAProxy that are asked for evidence over windows of so many seconds (ROLLOUT_WINDOW), less others beside them that are not: means of four of each; processor time of both processes by /proc/PID/task/TID/schedstat, and bytes of the lines X-Evidence, in a minute; over five minutes, after 100 s, in which each has collected the garbage of its start; without audits. Their polls are as long as windows: of 10 s, there are about four more of them in a minute.',
    head: ['window, s', 'services', 'servers', 'reloader, ms', 'HAProxy, ms', 'both, ms', 'bytes'],
    rows: all.map(({ reloaderMs, haproxyMs, bytes }, i) => {
      const { services, pods, windowS } = cases[i] as (typeof cases)[number];
      const both = reloaderMs + haproxyMs;
      return [windowS, services, services * pods, reloaderMs, haproxyMs, both, bytes];
    }),
  };
}
