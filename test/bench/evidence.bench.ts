import { measureEvidence } from './rollout/evidence.ts';
import type { Section } from './section.ts';

const SIZES = [
  [10, 10],
  [100, 10],
] as const;

/** What a reloader and its HAProxy spend on evidence while they are asked for it. */
export default async function evidence(): Promise<Section> {
  const all = await Promise.all(SIZES.map(([services, pods]) => measureEvidence(services, pods)));
  return {
    title: 'What evidence takes of a proxy',
    note: 'Reloaders with their HAProxy that are asked for evidence over windows of 10 s, less others beside them that are not: means of four of each; processor time of both processes by /proc/PID/task/TID/schedstat, and bytes of the lines X-Evidence, in a minute; over five minutes, after 100 s, in which each has collected the garbage of its start; without audits. Their polls are as long as windows, so that there are about five more of them in a minute.',
    head: ['services', 'servers', 'reloader, ms', 'HAProxy, ms', 'both, ms', 'bytes'],
    rows: all.map(({ reloaderMs, haproxyMs, bytes }, i) => {
      const [services, pods] = SIZES[i] as (typeof SIZES)[number];
      return [services, services * pods, reloaderMs, haproxyMs, reloaderMs + haproxyMs, bytes];
    }),
  };
}
