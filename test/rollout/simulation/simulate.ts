import assert from 'node:assert/strict';
import type { Candidate } from '../../../functions/core/rollout.ts';
import { isAdmitted } from '../../../functions/rollout/admission.ts';
import { readSteps } from '../../../functions/rollout/step.ts';
import { createRandom, type Random } from '../../runtime/random.ts';
import { type SimulatedProxy, startProxy } from './proxy.ts';
import { type Replica, type ReplicaOptions, revisionOf, startReplica } from './replica.ts';
import { createSharedObject } from './shared-object.ts';
import { createTimeline } from './timeline.ts';

/** Of the bad ones a revision is halted; all others arrive. */
export const GOOD = [
  ...['good', 'flapping', 'vanishing', 'replaced', 'killed', 'unreachable', 'clocks'],
] as const;
export const BAD = ['refused', 'refused late', 'failing', 'slow poison'] as const;
export type Kind = (typeof GOOD)[number] | (typeof BAD)[number];

export interface SimulationOptions {
  readonly seed: number;
  readonly proxies: number;
  readonly kinds: readonly Kind[];
}

export interface Ending {
  readonly kind: Kind;
  /** From when it was written, in seconds. */
  readonly tookS: number;
  /** In which step it was halted, from 1 on, and why. */
  readonly halted?: { readonly step: number; readonly reason: string };
  /** Proxies that ran it before it was halted. */
  readonly touched: number;
}

const STEPS = '1,10%,50%,100%';
const SOAK_MS = 30_000;
const WINDOW_MS = 10_000;
const THRESHOLDS = { minRequests: 100, tolerance: 0.01, significance: 0.001 };
/** Requests of a proxy in a window, or a third of them, or three times as many. */
const REQUESTS = 1_000;
const PATIENCE_MS = 1_800_000;
const HOUR_MS = 3_600_000;

function draw(random: Random, of: number, share: number): number {
  let bad = 0;
  for (let request = 0; request < of; request++) if (random.chance(share)) bad += 1;
  return bad;
}

/** Rollouts one after the other, by three replicas, in time that is made up. Throws where something is not as it must be. */
export async function simulate({
  seed,
  proxies: count,
  kinds,
}: SimulationOptions): Promise<readonly Ending[]> {
  const random = createRandom(seed);
  const timeline = createTimeline();
  const object = createSharedObject(timeline);
  const steps = readSteps(STEPS);
  const lags = [0, 0, 0];
  const of = (index: number): ReplicaOptions => ({
    ...{ timeline, random, object, steps, soakMs: SOAK_MS, windowMs: WINDOW_MS },
    thresholds: THRESHOLDS,
    lagMs: () => 1 + random.below(20) + (lags[index] ?? 0),
  });
  const replicas: Replica[] = [0, 1, 2].map((index) => startReplica(of(index)));
  const [first, firstIntent] = revisionOf('# start\n');
  const kindOf = new Map<string, Kind>();
  const candidates = new Map<string, Candidate>();
  const began: { hash: string; step: number; at: number }[] = [];
  let stable = first;
  let version = 0;
  let isFlapping = false;
  let name = '';

  object.subscribe(({ candidate }) => {
    if (!candidate) return;
    const { hash, step } = candidate;
    const last = began.at(-1);
    if (last?.hash !== hash || last.step !== step) began.push({ hash, step, at: timeline.now() });
    candidates.set(hash, candidate);
  });

  /** Nobody is offered a candidate before its turn. */
  function takes(revision: string, proxy: SimulatedProxy): boolean {
    const candidate = candidates.get(revision);
    const isTurn = candidate && isAdmitted(candidate, { name: proxy.name, fleet: '' }, steps);
    const isStable = revision === stable || revision === object.rollout().stable;
    assert.ok(isTurn || isStable, `${name}: ${proxy.name} is offered it before its turn`);
    const kind = kindOf.get(revision);
    return kind !== 'refused' && !(kind === 'refused late' && proxy.index % 20 === 0);
  }
  function counts(proxy: SimulatedProxy) {
    const kind = kindOf.get(proxy.revision);
    const own = kind === 'failing' ? 0.3 : kind === 'slow poison' ? 0.06 : 0.003;
    const failing = isFlapping && random.chance(0.4) ? 0.15 : own;
    const answers = Math.round(REQUESTS * 3 ** ((proxy.index % 3) - 1));
    return { answers, failures: draw(random, answers, failing) };
  }
  const proxies = Array.from({ length: count }, (_, index) =>
    startProxy({ timeline, random, index, replicas: () => replicas, takes, counts }),
  );
  const isUp = ({ isDown }: SimulatedProxy) => !isDown;
  const all = (revision: string) => proxies.filter(isUp).every((one) => one.revision === revision);
  const wait = (what: string, isSo: () => boolean) =>
    timeline.until(`${name}: ${what}`, isSo, PATIENCE_MS);
  const pause = async (ms: number) => {
    const end = timeline.now() + ms;
    timeline.after(ms, () => undefined);
    await timeline.until('time passes', () => timeline.now() >= end, ms + 1);
  };
  function write(template: string, kind: Kind): string {
    const [hash, intent] = revisionOf(template);
    kindOf.set(hash, kind);
    version += 1;
    for (const replica of replicas) replica.read(intent, version);
    return hash;
  }
  function replace(index: number): void {
    replicas[index]?.kill();
    const next = startReplica(of(index));
    replicas[index] = next;
    const [, intent] = revisionOf(newest);
    next.read(intent, version);
  }

  /** What goes on beside a rollout of a kind. */
  async function disturb(kind: Kind): Promise<void> {
    if (kind === 'killed')
      for (let times = 0; times < 5; times += 1) {
        await pause(random.below(SOAK_MS));
        replace(random.below(3));
      }
    if (kind === 'unreachable') {
      await pause(random.below(4 * SOAK_MS));
      object.isAway = true;
      await pause(5_000 + random.below(60_000));
      object.isAway = false;
    }
    if (kind === 'clocks')
      for (const hours of [5, -9, 48, -1]) {
        await pause(random.below(SOAK_MS));
        random.pick(replicas).stepClock(hours * HOUR_MS);
      }
  }
  /** Each step was watched for as long as it is to be, whatever clocks say. */
  function checkSteps(hash: string): void {
    const own = began.filter((one) => one.hash === hash);
    for (const [i, { step, at }] of own.entries()) {
      const next = own[i + 1];
      assert.equal(step, i, `${name}: no step is left out`);
      if (next) assert.ok(next.at - at >= SOAK_MS, `${name}: step ${i + 1} is watched`);
    }
  }

  let newest = '# start\n';
  version = 1;
  for (const replica of replicas) replica.read(firstIntent, version);
  await wait('all run the first', () => all(first));
  const endings: Ending[] = [];
  for (const [number, kind] of kinds.entries()) {
    name = `${number + 1} ${kind}, seed ${seed}`;
    for (const { ran } of proxies) ran.length = 0;
    for (const index of lags.keys()) lags[index] = random.pick([0, 0, 20, 200, 900]);
    const away = proxies.filter(() => kind === 'vanishing' && random.chance(0.33));
    isFlapping = kind === 'flapping';
    const beganAt = timeline.now();
    newest = `# ${number} ${kind}\n`;
    let hash = write(newest, kind);
    for (const proxy of away)
      timeline.after(random.below(SOAK_MS), () => {
        proxy.isDown = true;
      });
    if (kind === 'replaced') {
      await pause(random.below(3 * SOAK_MS));
      newest = `# ${number} later\n`;
      hash = write(newest, 'good');
    } else await disturb(kind);
    const over = () => object.rollout();
    await wait('it is over', () => over().halted?.hash === hash || over().stable === hash);
    const { halted } = over();
    const isBad = (BAD as readonly string[]).includes(kind);
    assert.equal(halted !== undefined, isBad, `${name}: ${halted?.reason ?? 'it arrived'}`);
    const before = stable;
    if (!isBad) stable = hash;
    await wait('all run what is stable', () => all(stable));
    if (kind !== 'replaced') checkSteps(hash);
    if (!isBad && kind !== 'replaced')
      for (const { name: who, ran } of proxies)
        assert.ok(
          ran.lastIndexOf(before) < ran.indexOf(hash) || !ran.includes(hash),
          `${name}: ${who} stepped back`,
        );
    const touched = proxies.filter(({ ran }) => ran.includes(hash)).length;
    const tookS = (timeline.now() - beganAt) / 1000;
    const end = halted && { step: halted.step + 1, reason: halted.reason };
    endings.push({ kind, tookS, touched, ...(end && { halted: end }) });
    for (const proxy of away) proxy.isDown = false;
    await wait('all are there', () => proxies.every(({ revision }) => revision === stable));
  }
  for (const replica of replicas) replica.kill();
  return endings;
}
