import { setTimeout as delay } from 'node:timers/promises';
import {
  COUNT,
  now,
  type RolloutFleet,
  type Rules,
  toEpoch,
  WARM,
  withFleet,
} from './rollout/fleet.ts';
import type { Fault } from './rollout/proxies.ts';
import { quantile, type Section } from './section.ts';

const ROUNDS = 3;
const CHANGES = 30;
const AT_ONCE: Rules = { steps: '100%', soakS: 60 };
const HALF: Rules = { steps: '50%,100%', soakS: 3_600 };
/** For what a change leaves behind to settle. */
const PAUSE_MS = 200;
/** Long enough for each proxy to tell what it counts several times. */
const EVIDENCE_MS = 30_000;

const median = (values: readonly number[]) => quantile(values, 0.5);
const longest = (values: readonly number[]) => Math.max(...values);

/** From a good template's file to half of the proxies, and to all of them. */
async function converge(rules: Rules) {
  return withFleet(rules, async ({ service, after, rest }) => {
    const times = [];
    for (let i = 0; i < ROUNDS; i += 1) {
      const word = `good-${i}`;
      let began = 0;
      const order = { order: 'await', revision: service.revisionOf(word), count: COUNT } as const;
      const { at, middleAt } = await after(order, async () => {
        began = now();
        await service.write(word);
      });
      times.push({ half: middleAt - began, all: at - began });
      await rest();
      if (rules !== AT_ONCE) await service.said('serving another intent', toEpoch(began));
    }
    return times;
  });
}

async function goodOnes(): Promise<Section> {
  const rows = [];
  for (const rules of [AT_ONCE, { steps: '50%,100%', soakS: 1 }]) {
    const times = await converge(rules);
    const halves = times.map(({ half }) => half);
    const alls = times.map(({ all }) => all);
    rows.push([rules.steps, rules.soakS, median(halves), median(alls), longest(alls)]);
  }
  return {
    title: 'A good revision to a thousand proxies',
    note: `A template changes by a word, as a file that is renamed, with 1,000 pods and ${COUNT.toLocaleString('en')} proxies without HAProxy in one process, which poll one service, take deltas, and tell what they count where they are asked. Until half of them run the new revision, and until all do; medians of ${ROUNDS} in a row. One step is plain delivery. With two, each is watched for its soak.`,
    head: ['ROLLOUT_STEPS', 'ROLLOUT_SOAK, s', 'half, ms', 'all, ms', 'the longest, ms'],
    rows,
  };
}

interface Halted {
  /** From what is wrong to the first word of it, from that to the halt, and to the last proxy that is back. */
  readonly toldMs: number;
  readonly haltedMs: number;
  readonly backMs: number;
}

/** Half of the proxies run a candidate, which then turns out to be bad. */
async function halt(fleet: RolloutFleet, fault: Fault, word: string): Promise<Halted> {
  const { service, after, blame } = fleet;
  const order = { order: 'await', revision: service.revisionOf(word), count: COUNT / 2 } as const;
  await after(order, () => service.write(word));
  const revision = service.revisionOf('first');
  const began = now();
  const { at, toldAt = 0 } = await after(
    { order: 'await', revision, count: COUNT, isBack: true },
    () => blame(service.revisionOf(word), fault),
  );
  const halted = await service.said('rollout halted', toEpoch(toldAt) - 2);
  return { toldMs: toldAt - began, haltedMs: halted - toEpoch(toldAt), backMs: at - toldAt };
}

const FAULTS: readonly (readonly [Fault, string])[] = [
  ['refused', 'HAProxy refuses it'],
  ['dying', 'HAProxy dies'],
  ['failing', 'a third of the answers are 5xx'],
];

async function badOnes(): Promise<Section> {
  const rows = [];
  for (const [fault, words] of FAULTS) {
    const all = await withFleet(HALF, async (fleet) => {
      const halts = [];
      for (let i = 0; i < ROUNDS; i += 1) {
        halts.push(await halt(fleet, fault, `bad-${i}`));
        await fleet.rest();
      }
      return halts;
    });
    const of = (value: (one: Halted) => number) => all.map(value);
    const back = of(({ backMs }) => backMs);
    rows.push([
      words,
      median(of(({ toldMs }) => toldMs)),
      median(of(({ haltedMs }) => haltedMs)),
      median(of(({ backMs, haltedMs }) => backMs - haltedMs)),
      median(back),
      longest(back),
    ]);
  }
  return {
    title: 'A bad revision, and a thousand proxies back',
    note: `The same fleet, half of which runs a candidate when that begins to be bad on all that run it. From then to the first poll that tells of it; from that to the halt, and from the halt until the last of the 500 runs the stable revision again; medians of ${ROUNDS}, and the longest. A refusal and a death count at once; here they are told with the next poll, by a reloader without it. A share of bad answers is told at the end of a window of 10 s, and waits until 30 proxies on the stable revision have told of the same time.`,
    head: [
      ...['what', 'first told, ms', 'until the halt, ms', 'until all are back, ms'],
      ...['told to back, ms', 'the longest, ms'],
    ],
    rows,
  };
}

interface Latencies {
  readonly middle: number[];
  readonly last: number[];
}

async function movePods(
  { service, after }: RolloutFleet,
  { middle, last }: Latencies,
  changes = CHANGES,
) {
  for (let i = 0; i < changes; i += 1) {
    await delay(PAUSE_MS);
    let began = 0;
    const { at, middleAt } = await after({ order: 'expect' }, async () => {
      began = now();
      await service.movePod();
    });
    middle.push(middleAt - began);
    last.push(at - began);
  }
}

/** How long a pod's new address takes to all proxies, without and with a candidate, and what evidence costs. */
async function besides(): Promise<readonly Section[]> {
  const without: Latencies = { middle: [], last: [] };
  /** Before the candidate's renderer has compiled as much as the other's had before `without`. */
  const early: Latencies = { middle: [], last: [] };
  const during: Latencies = { middle: [], last: [] };
  let sent = { bytes: 0, lines: 0, minutes: 0 };
  for (let round = 0; round < ROUNDS; round += 1)
    await withFleet(HALF, async (fleet) => {
      const { service, after } = fleet;
      await movePods(fleet, without);
      const revision = service.revisionOf('good');
      const order = { order: 'await', revision, count: COUNT / 2 } as const;
      await after(order, () => service.write('good'));
      await movePods(fleet, early, WARM);
      const before = await after({ order: 'count' });
      const began = now();
      await movePods(fleet, during);
      if (round > 0) return;
      await delay(Math.max(0, EVIDENCE_MS - (now() - began)));
      const { bytes, lines, at } = await after({ order: 'count' });
      const minutes = (at - began) / 60_000;
      sent = { bytes: bytes - before.bytes, lines: lines - before.lines, minutes };
    });
  const row = (what: string, { middle, last }: Latencies) => {
    const times = ([one, base]: readonly [number[], number[]]) =>
      `${(median(one) / median(base)).toFixed(2)}×`;
    return [
      ...[what, median(middle), times([middle, without.middle])],
      ...[median(last), times([last, without.last]), longest(last)],
    ];
  };
  const { bytes, lines, minutes } = sent;
  return [
    {
      title: 'A changed pod during a rollout',
      note: `The same fleet, and one pod of 1,001 that gets another address: until the proxy in the middle has it, and until the last one has. Without a rollout, then with a candidate on half of the proxies, when both revisions are rendered; medians of ${ROUNDS * CHANGES} changes in ${ROUNDS} rounds, each after ${WARM} others, since a new process compiles what it uses; and of the ${ROUNDS * WARM} before those in a rollout. Times are beside no rollout.`,
      head: ['when', 'the middle, ms', 'times', 'the last, ms', 'times', 'the longest, ms'],
      rows: [
        row('no rollout', without),
        row(`half of the proxies run a candidate: its first ${WARM} changes`, early),
        row('half of the proxies run a candidate', during),
      ],
    },
    {
      title: 'What evidence takes on the wire',
      note: 'The same fleet during a rollout: lines `X-Evidence` that are sent, as long as those of a proxy with a million requests a minute. Of a thousand proxies 600 are asked: 300 from either end of the line.',
      head: ['bytes a line', 'lines, all proxies, a minute', 'bytes a minute, one that is asked'],
      rows: [[bytes / lines, lines / minutes, bytes / minutes / (0.6 * COUNT)]],
    },
  ];
}

export default async function rollout(): Promise<readonly Section[]> {
  return [await goodOnes(), await badOnes(), ...(await besides())];
}
