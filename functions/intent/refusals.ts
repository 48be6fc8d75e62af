import type { Intent } from '../core/intent.ts';
import type { History, KeptRevision } from '../core/revision.ts';
import type { Question, Refused } from '../publish/publication.ts';
import type { Log } from '../wire/log.ts';
import { parseToldAlerts } from '../wire/alerts-header.ts';
import type { Gate } from './gate.ts';
import { proxyFault } from './proxy-fault.ts';
import type { RefusedIntents } from './refused-intents.ts';

/** A revision that proxies are offered. */
export interface Offer {
  readonly intent: Intent;
  /** The configuration that it gives a poller now. */
  readonly config: string;
}

export interface RefusalsOptions {
  readonly namespace: string;
  readonly history: Pick<History, 'list' | 'mark'>;
  readonly refused: RefusedIntents;
  readonly gate: Pick<Gate, 'doubt' | 'status'>;
  /** Undefined where proxies are not offered this revision, or not any more. */
  readonly offerOf: (revision: string, question: Question) => Offer | undefined;
  readonly log: Log;
}

/**
 * Where no HAProxy judges an intent before it is served, those that are to run it do: what one of them refuses, while
 * none has run it, counts as a check that failed.
 */
export interface Refusals {
  /** A proxy asks, and says what it runs and what it refuses. */
  see(question: Question): void;
}

/** After so many refusals of what one intent came to, all is held back that differs from what proxies ran. */
const MOST_ROUNDS = 10;

type Said = Question & { readonly refused: Refused & { readonly alerts: string } };

export function createRefusals(options: RefusalsOptions): Refusals {
  const { namespace, history, refused, gate, offerOf, log } = options;
  /** Proxies run them: whoever refuses one is another case. */
  const proven = new Set<string>();
  /** What was gone into while this intent was the newest: once each. */
  let gone = { newest: '', into: new Set<string>() };

  /** The last one before it that proxies ran well: whoever refuses it may be far behind the others. */
  function baseOf(revisions: readonly KeptRevision[], said: Refused): Intent | undefined {
    const at = revisions.find(({ hash }) => hash === said.revision)?.number;
    const isRunning = (hash: string) => hash === said.running;
    const before = revisions
      .filter(({ hash }) => !refused.has(hash) && hash !== said.revision)
      .filter(({ hash, number }) => isRunning(hash) || at === undefined || number < at);
    const ran = before.filter(
      ({ hash, marks }) => isRunning(hash) || proven.has(hash) || marks?.isProven,
    );
    return (ran.at(-1) ?? before.at(-1))?.intent;
  }

  async function take(question: Said, alerts: NonNullable<ReturnType<typeof parseToldAlerts>>) {
    const { refused: said, proxy, variant } = question;
    const { revision } = said;
    const revisions = await history.list();
    const kept = revisions.find(({ hash }) => hash === revision);
    if (kept?.marks?.isProven) return void proven.add(revision);
    refused.learn(revisions);
    // It may have been proven, or another be served, since it was asked.
    const offer = offerOf(revision, question);
    if (!offer || proven.has(revision)) return;
    const words = { revision, alerts, proxy: proxy?.name, variant, namespace };
    const fault = proxyFault({ ...words, config: offer.config });
    const traced = gone.into.size > MOST_ROUNDS ? { ...fault, references: [] } : fault;
    if (!refused.has(revision)) refused.add(revision, { intent: offer.intent, fault: traced });
    log.warn('proxies refuse the served revision', { revision, reason: said.reason });
    gate.doubt({ intent: baseOf(revisions, said) });
  }

  /** Noted for the other replicas: whoever refuses it from now on is alone with it. */
  function prove(revision: string): void {
    proven.add(revision);
    history.mark(revision, { isProven: true }).catch((error: unknown) => {
      log.warn('cannot record that proxies run a revision', { revision, error });
      proven.delete(revision);
    });
  }

  return {
    see(question) {
      const { running, refused: said } = question;
      if (running !== undefined && !proven.has(running) && offerOf(running, question))
        prove(running);
      const { revision, alerts: text } = said ?? {};
      if (revision === undefined || text === undefined) return;
      const { state, newest = { hash: '' } } = gate.status();
      if (gone.newest !== newest.hash) gone = { newest: newest.hash, into: new Set() };
      const isKnown = proven.has(revision) || gone.into.has(revision);
      if (isKnown || state === 'pinned' || state === 'paused') return;
      const alerts = offerOf(revision, question) && parseToldAlerts(text);
      if (!alerts) return;
      gone.into.add(revision);
      take(question as Said, alerts).catch((error: unknown) => {
        log.warn('cannot judge a refusal', { revision, error });
        gone.into.delete(revision);
      });
    },
  };
}
