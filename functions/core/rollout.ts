import { isFields } from './fields.ts';
import { type AsOf, formatAsOf, parseAsOf } from '../wire/as-of.ts';
import type { Data } from './intent.ts';

/** Which proxies of one fleet run the candidate. */
export interface Admitted {
  /** Those that are named one by one, sorted. */
  readonly names: readonly string[];
  /** And those whose place is below: from 0 to 1. */
  readonly below: number;
}

/** A revision that reaches the proxies in steps. */
export interface Candidate {
  readonly hash: string;
  /** Of ROLLOUT_STEPS, from 0 on. */
  readonly step: number;
  /** When the step began, as ISO 8601: for people alone, since clocks differ and step. */
  readonly since: string;
  /** By fleet: the proxies of one set of `params`. */
  readonly admitted: Readonly<Record<string, Admitted>>;
  /** A person does not want to wait for the end of this step. */
  readonly isHurried?: boolean;
}

/** A candidate that did badly: nobody is offered it again until people write something else, or say so. */
export interface Halt {
  readonly hash: string;
  readonly step: number;
  readonly at: string;
  /** What was seen, in words. */
  readonly reason: string;
}

/** How intents reach the fleet, as one small object says that all replicas and people share. */
export interface Rollout {
  /** The hash of the revision that the fleet runs, but for the proxies that run a candidate. */
  readonly stable?: string;
  /** Of the ConfigMaps that `stable`, or the newer one beside it, was made from: who has seen older ones changes neither. */
  readonly versions?: AsOf;
  readonly candidate?: Candidate;
  readonly halted?: Halt;
  /** What each replica has seen of the candidate's step, by a name that the replica made up. */
  readonly reports?: Readonly<Record<string, string>>;
  /** The revision that is served whatever the ConfigMaps say: `rollout undo`. */
  readonly pinned?: string;
  /** No newer intent is served: `rollout pause`. */
  readonly isPaused: boolean;
  /** Whatever else the object says, which is none of ours, or of a later version of the product. */
  readonly others?: Data;
  /** Of the object that says so, where it has one: which of two states is the later. */
  readonly version?: string;
}

const HASH = /^sha256:[0-9a-f]{64}$/;
const REPORT = 'report.';
const OWN: ReadonlySet<string> = new Set([
  'stable',
  'versions',
  'candidate',
  'step',
  'since',
  'admitted',
  'hurried',
  'halted',
  'pinned',
  'paused',
]);

const isHash = (value: unknown): value is string => typeof value === 'string' && HASH.test(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const stepOf = (text: unknown): number => {
  const step = Number(text);
  return Number.isSafeInteger(step) && step >= 1 ? step - 1 : 0;
};

function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function readAdmitted(value: unknown): Admitted | undefined {
  if (!isFields(value)) return undefined;
  const { names, below } = value;
  return {
    names: Array.isArray(names) ? names.filter((name) => typeof name === 'string').sort() : [],
    below: typeof below === 'number' && below >= 0 && below <= 1 ? below : 0,
  };
}

function readCandidate(data: Readonly<Record<string, unknown>>): Candidate | undefined {
  if (!isHash(data.candidate)) return undefined;
  const admitted = parse(data.admitted);
  const fleets = Object.entries(isFields(admitted) ? admitted : {}).flatMap(([fleet, value]) => {
    const read = readAdmitted(value);
    return read ? [[fleet, read] as const] : [];
  });
  const [step, since] = [stepOf(data.step), textOf(data.since)];
  const isHurried = data.hurried === 'true';
  return {
    hash: data.candidate,
    step,
    since,
    admitted: Object.fromEntries(fleets),
    ...(isHurried && { isHurried }),
  };
}

function readHalt(value: unknown): Halt | undefined {
  if (!isFields(value) || !isHash(value.hash)) return undefined;
  const [at, reason] = [textOf(value.at), textOf(value.reason)];
  return { hash: value.hash, step: stepOf(value.step), at, reason };
}

const only = <T extends object>(value: T | undefined, name: string) =>
  value === undefined || Object.keys(value).length === 0 ? {} : { [name]: value };

function packCandidate({ hash, step, since, admitted, isHurried }: Candidate): Data {
  const sorted = Object.entries(admitted).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    candidate: hash,
    step: String(step + 1),
    since,
    admitted: JSON.stringify(Object.fromEntries(sorted)),
    ...(isHurried && { hurried: 'true' }),
  };
}

/** The revisions that it names, which no history forgets. */
export function revisionsOf({ stable, candidate, halted, pinned }: Rollout): readonly string[] {
  return [stable, candidate?.hash, halted?.hash, pinned].filter((hash) => hash !== undefined);
}

/** The rollout with neither a candidate nor what was seen of one. */
export function settled({ candidate, halted, reports, ...rest }: Rollout): Rollout {
  return rest;
}

/** The data of the object that a rollout is kept in. */
export function packRollout(rollout: Rollout): Data {
  const { stable, versions, candidate, halted, reports = {}, pinned, isPaused, others } = rollout;
  return {
    ...others,
    ...(stable !== undefined && { stable }),
    ...(versions !== undefined && { versions: formatAsOf(versions) }),
    ...(candidate && packCandidate(candidate)),
    ...(halted && { halted: JSON.stringify({ ...halted, step: halted.step + 1 }) }),
    ...Object.fromEntries(Object.entries(reports).map(([id, text]) => [`${REPORT}${id}`, text])),
    ...(pinned !== undefined && { pinned }),
    ...(isPaused && { paused: 'true' }),
  };
}

/** Reads what `packRollout` made, or what people made of it: what is nonsense is not there. */
export function unpackRollout(data: Readonly<Record<string, unknown>>, version?: string): Rollout {
  const { stable, versions, pinned, paused } = data;
  const at = typeof versions === 'string' ? parseAsOf(versions) : undefined;
  const texts = Object.entries(data).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const reports = texts
    .filter(([key]) => key.startsWith(REPORT))
    .map(([key, text]) => [key.slice(REPORT.length), text] as const);
  const others = texts.filter(([key]) => !OWN.has(key) && !key.startsWith(REPORT));
  return {
    ...(isHash(stable) && { stable }),
    ...(at && { versions: at }),
    ...only(readCandidate(data), 'candidate'),
    ...only(readHalt(parse(data.halted)), 'halted'),
    ...only(Object.fromEntries(reports), 'reports'),
    ...(isHash(pinned) && { pinned }),
    isPaused: paused === 'true',
    ...only(Object.fromEntries(others), 'others'),
    ...(version !== undefined && { version }),
  };
}
