import {
  createProposalJudge,
  type ProposalJudge,
  type ProposalJudgeOptions,
  type Surroundings,
} from '../intent/proposal-judge.ts';
import type { GateStatus } from '../intent/status.ts';
import type { Editions } from './editions.ts';
import type { PublisherOptions } from './publisher-options.ts';
import type { Store } from './store.ts';
import { unreadInputs, unreadNamespaces } from './unread.ts';

export interface OpenProposalJudgeOptions
  extends Pick<ProposalJudgeOptions, 'namespace' | 'variants' | 'certificates' | 'redact'> {
  readonly publisher: PublisherOptions;
  readonly store: Store;
  readonly editions: Editions;
  readonly gateState: () => GateStatus['state'];
}

/** Judges what is not applied yet by what is served now: in a renderer and by a checker of its own. */
export function openProposalJudge(options: OpenProposalJudgeOptions): ProposalJudge {
  const { publisher, store, editions, gateState, ...judged } = options;
  const { settings, limits, foreChecker, proposalMs } = publisher;
  const { endpoints: whole, intentUpdate } = store;

  function surroundings(): Surroundings | undefined {
    if (!store.isSynced()) return undefined;
    const stable = editions.stable();
    const state = gateState();
    return {
      newest: store.intent(),
      base: stable.intent(),
      frozen: state === 'pinned' || state === 'paused' ? state : undefined,
      diagnostics: [...store.diagnostics(), ...stable.diagnostics()],
      unread: (intent) => unreadNamespaces(intent, store.inputs().asOf),
      unreadInputs: (intent) => unreadInputs(intent, store.feedStates()),
    };
  }

  return createProposalJudge({
    ...judged,
    trial: { settings, limits, whole, intentUpdate },
    checker: foreChecker,
    deadlineMs: proposalMs,
    surroundings,
    pair: store.pair,
  });
}
