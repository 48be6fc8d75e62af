import type { Diagnostic } from '../core/diagnostics.ts';
import type { CertificateSet } from '../core/certificates.ts';
import { changedUnits, type Data, type Intent, serviceUnit, type Unit } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { Rendering } from '../core/render.ts';
import {
  explainFrozen,
  explainHeld,
  explainPodless,
  explainUnchecked,
  explainUnread,
  unreadable,
} from './proposal-diagnostics.ts';
import { judgeCertificates } from './proposed-certificates.ts';
import { createHeldBack } from './held-back.ts';
import { Interruption } from './interruption.ts';
import { createJudge, type JudgeOptions } from './judge.ts';
import { judgeIntent } from './judgement.ts';
import type { ProposalVerdict, Proposal } from './proposal.ts';
import { createTrial, type Trial, type TrialOptions } from './trial.ts';
import { createSerialQueue } from './serial-queue.ts';

type IntentProposal = Proposal & { readonly name: keyof Intent };

const isOfIntent = (proposal: Proposal): proposal is IntentProposal =>
  proposal.name !== 'certificates';

/** What a change is judged beside. */
export interface Surroundings {
  /** The intent as people wrote it last. */
  readonly newest: Intent;
  /** The one that is served. */
  readonly base: Intent | undefined;
  readonly frozen: 'pinned' | 'paused' | undefined;
  /** What is known to be wrong already. */
  readonly diagnostics: readonly Diagnostic[];
  /** Of the namespaces that an intent names, those whose pods are not read. */
  readonly unread: (intent: Intent) => readonly string[];
  /** Of the inputs that it names, those of which nothing is known. */
  readonly unreadInputs: (intent: Intent) => readonly string[];
}

export interface ProposalJudgeOptions extends Omit<JudgeOptions, 'onChecked' | 'trial'> {
  readonly trial: TrialOptions;
  /** As of now; undefined: not everything has been read yet. */
  readonly surroundings: () => Surroundings | undefined;
  /** Chains with the keys of now. */
  readonly pair: (chains: Data) => CertificateSet;
  /** Within which it is to be answered, in milliseconds. */
  readonly deadlineMs?: number | undefined;
}

/** Judges what is not there yet, as the gate would: in a renderer of its own, so that nobody else notices. */
export interface ProposalJudge {
  /** Hands endpoints on. */
  update(update: PackedUpdate): void;
  /** Never rejects. */
  judgeProposal(proposal: Proposal): Promise<ProposalVerdict>;
  stop(): void;
}

const DEADLINE_MS = 1_800;
const MOST_WAITING = 8;
const silent = (): void => undefined;
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

const unknown = (reason: string): ProposalVerdict => ({ kind: 'unknown', reason });
const LATE = unknown('it takes too long to try it');
const BUSY = unknown('other changes are being judged');
const UNREAD = unknown('the service has not read everything yet');

/** What is new of what a render found. */
function newOf(rendering: Rendering | undefined, known: readonly Diagnostic[]) {
  const told = new Set(known.map(({ code, message }) => `${code} ${message}`));
  return (rendering?.diagnostics ?? []).filter(
    ({ code, message }) => code !== 'service-pods-unread' && !told.has(`${code} ${message}`),
  );
}

/** Of these units, the services that no pod serves. */
const podless = (rendering: Rendering | undefined, units: ReadonlySet<Unit>): readonly Unit[] =>
  rendering?.kind === 'rendered'
    ? rendering.podless.map(serviceUnit).filter((unit) => units.has(unit))
    : [];

export function createProposalJudge(options: ProposalJudgeOptions): ProposalJudge {
  const { namespace, checker, surroundings, pair, deadlineMs = DEADLINE_MS } = options;
  const { whole, intentUpdate } = options.trial;
  const take = createSerialQueue({ deadlineMs, most: MOST_WAITING });
  /** Namespaces that only what is proposed names: without their pods its services are no worse than they are. */
  let unread: readonly string[] = [];
  let unchecked: string | undefined;
  let last: Rendering | undefined;

  const withUnread = (update: PackedUpdate): PackedUpdate => ({
    ...update,
    unread: [...new Set([...update.unread, ...unread])].sort(),
  });
  const own = createTrial({
    ...options.trial,
    whole: () => withUnread(whole()),
    intentUpdate: (intent, known) => withUnread(intentUpdate(intent, known)),
  });
  const trial: Trial = {
    ...own,
    async render(intent, variant) {
      last = await own.render(intent, variant);
      return last;
    },
  };
  const judge = createJudge({
    ...options,
    trial,
    onChecked: (reason) => {
      unchecked = reason;
    },
  });

  /** What would be held back of an intent, why nothing of it is good, and the last render of what is. */
  async function tryIntent(intent: Intent, base: Intent | undefined, isLate: () => boolean) {
    const heldBack = createHeldBack({ namespace, log: SILENT, now: Date.now });
    let good: Rendering | undefined;
    const nothing = await judgeIntent({
      ...{ whole: intent, base, namespace, judge, heldBack, now: Date.now },
      goOn() {
        if (isLate()) throw new Interruption('superseded');
      },
      onGood: async () => {
        good = last;
      },
    });
    return { held: heldBack.list(), nothing: nothing ? [nothing.diagnostic] : [], good };
  }

  async function judgeAll(
    { name, before, after }: IntentProposal,
    { newest, base, diagnostics, frozen, ...now }: Surroundings,
    isLate: () => boolean,
  ): Promise<ProposalVerdict> {
    const intent: Intent = { ...newest, [name]: after };
    const { [name]: _, ...others } = newest;
    const [input] = now.unreadInputs(intent);
    if (input !== undefined) return unknown(`input ${input} has not been read yet`);
    const previous = { ...others, ...(before && { [name]: before }) };
    const touched = new Set(changedUnits(previous, intent));
    const unreadables = unreadable(touched, intent, namespace);
    const known = now.unread(previous);
    unread = now.unread(intent);
    unchecked = undefined;
    const isWhole = intent.services !== undefined && intent.config !== undefined;
    const tried = base || isWhole ? await tryIntent(intent, base, isLate) : undefined;
    const { held = [], nothing = [], good } = tried ?? {};
    const object = `configmaps/${namespace}/${name}`;
    const isOwn = ({ where }: Diagnostic) => where.object === object;
    const accepted = new Set([...touched].filter((unit) => held.every((one) => one.unit !== unit)));
    return {
      kind: 'judged',
      refused: [
        // Beside a last good intent they are held back; without one they are left out.
        ...(base ? [] : unreadables),
        ...held.filter(({ unit }) => touched.has(unit)).map((one) => explainHeld(one, namespace)),
        ...nothing.filter(isOwn),
      ],
      odd: [
        ...(frozen ? [explainFrozen(object, frozen)] : []),
        ...nothing.filter((diagnostic) => !isOwn(diagnostic)),
        ...held.filter(({ unit }) => !touched.has(unit)).map((one) => explainHeld(one, namespace)),
        ...newOf(good, [...diagnostics, ...unreadables]),
        ...unread.filter((one) => !known.includes(one)).map((one) => explainUnread(namespace, one)),
        ...podless(good, accepted).flatMap((unit) =>
          explainPodless(unit, intent, { namespace, unread }),
        ),
        ...(unchecked === undefined ? [] : [explainUnchecked(object, unchecked)]),
      ],
    };
  }

  return {
    update: (update) => own.update(withUnread(update)),
    async judgeProposal(proposal) {
      try {
        const turn = await take(async (isLate) => {
          const now = surroundings();
          if (!now) return UNREAD;
          if (isOfIntent(proposal)) return judgeAll(proposal, now, isLate);
          return judgeCertificates(proposal, { namespace, pair, now: Date.now() });
        });
        if (turn.kind === 'done') return turn.value;
        return turn.kind === 'late' ? LATE : BUSY;
      } catch (error) {
        return unknown((error as Error).message);
      }
    },
    stop() {
      own.stop();
      checker?.close();
    },
  };
}
