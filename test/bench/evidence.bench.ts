import { measureEvidence } from './rollout/evidence.ts';
import type { Section } from './section.ts';

const SIZES = [
  { services: 10, pods: 10 },
  { services: 100, pods: 10 },
];
/** By a request that lasts, and with polls where there is none. */
const WAYS = ['request', 'polls'] as const;

/** What a reloader and its HAProxy spend on evidence while they are asked for it. */
export default async function evidence(): Promise<Section> {
  const cases = WAYS.flatMap((way) => SIZES.map((size) => ({ ...size, way })));
  const all = await Promise.all(cases.map(measureEvidence));
  return {
    title: 'What evidence takes of a proxy',
    note: 'Reloaders with their HAProxy that are asked for evidence over windows of ten seconds, the default of ROLLOUT_WINDOW, and tell it by a request that lasts or with polls, less what the same take while they are not asked: 16 of each, one half of which is asked first and the other half then; processor time of both processes by /proc/PID/task/TID/schedstat, and bytes of the body or of the lines X-Evidence, in a minute; over four minutes each, after 100 s, in which each has collected the garbage of its start; without audits. ± is the standard error of what both take.',
    head: [
      'told by',
      'services',
      'servers',
      'reloader, ms',
      'HAProxy, ms',
      'both, ms',
      '±',
      'bytes',
    ],
    rows: all.map(({ reloaderMs, haproxyMs, errorMs, bytes }, i) => {
      const { services, pods, way } = cases[i] as (typeof cases)[number];
      const both = reloaderMs + haproxyMs;
      return [way, services, services * pods, reloaderMs, haproxyMs, both, errorMs, bytes];
    }),
  };
}
