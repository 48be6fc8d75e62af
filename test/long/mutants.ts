/** A rule of the product, broken in its source: tests of its area must notice. */
export interface Mutant {
  /** What holds no more. */
  readonly breaks: string;
  readonly file: string;
  /** Once in the file. */
  readonly text: string;
  readonly by: string;
  /** Test files that are run, without their ending. */
  readonly tests: readonly string[];
}

export const MUTANTS: readonly Mutant[] = [
  {
    breaks: 'a terminating pod takes no new connections',
    file: 'functions/core/pods.ts',
    text: "? 'draining' : 'ready'",
    by: "? 'ready' : 'ready'",
    tests: ['core/inventory'],
  },
  {
    breaks: 'a pod without the condition Ready is as ready as all of its containers',
    file: 'functions/core/pods.ts',
    text: 'containers.every(',
    by: 'containers.some(',
    tests: ['core/inventory'],
  },
  {
    breaks: 'a service without selector is left out',
    file: 'functions/core/services.ts',
    text: 'if (!isJsonObject(selector))',
    by: 'if (selector === 0)',
    tests: ['core/services'],
  },
  {
    breaks: 'a selector wants all of its labels',
    file: 'functions/core/services.ts',
    text: 'if (labels === undefined || !hasLabel(labels, label, value)) return false;',
    by: 'if (labels !== undefined && hasLabel(labels, label, value)) return true;',
    tests: ['core/services', 'core/selections', 'core/inventory'],
  },
  {
    breaks: 'a certificate belongs to its key',
    file: 'functions/core/certificates.ts',
    text: '!leaf?.checkPrivateKey(key)',
    by: '!leaf',
    tests: ['core/certificates', 'core/tls-certificates'],
  },
  {
    breaks: 'a chain expires with the first of its certificates',
    file: 'functions/core/certificates.ts',
    text: 'expiresAt: Math.min(',
    by: 'expiresAt: Math.max(',
    tests: ['core/certificates', 'core/tls-certificates'],
  },
  {
    breaks: 'the hash of a bundle tells modes apart',
    file: 'functions/wire/bundle.ts',
    text: 'f.mode.toString(8)',
    by: "'600'",
    tests: ['wire/bundle'],
  },
  {
    breaks: 'versions are compared as numbers',
    file: 'functions/wire/as-of.ts',
    text: 'a.length - b.length || ',
    by: '',
    tests: ['wire/as-of'],
  },
  {
    breaks: 'a replica that is behind says so',
    file: 'functions/wire/as-of.ts',
    text: 'compareVersions(own.hi, lo) >= 0',
    by: 'compareVersions(own.hi, lo) >= -1',
    tests: ['wire/as-of'],
  },
  {
    breaks: 'a delta tells that a file is gone',
    file: 'functions/wire/delta.ts',
    text: '.filter(({ path }) => !now.has(path))',
    by: '.filter(() => false)',
    tests: ['wire/delta'],
  },
  {
    breaks: 'a web page of another host is refused',
    file: 'functions/wire/own-hosts.ts',
    text: 'if (!LOOPBACK.test(host) && !own.has(host)) return host === here;',
    by: '',
    tests: ['wire/own-hosts'],
  },
  {
    breaks: 'few lost servers are no mass loss',
    file: 'functions/core/mass-loss.ts',
    text: 'lost < least || ',
    by: '',
    tests: ['core/mass-loss'],
  },
  {
    breaks: 'an address that another pod has taken is not kept',
    file: 'functions/core/loss-hold.ts',
    text: "gone.set(key, 'address taken')",
    by: 'gone.delete(key)',
    tests: ['core/mass-loss'],
  },
  {
    breaks: 'a change is undone before the one that it followed',
    file: 'functions/core/fleet-past.ts',
    text: 'changes.toReversed()',
    by: 'changes',
    tests: ['core/fleet-past'],
  },
  {
    breaks: 'a value of a pod that brings a line is left out',
    file: 'functions/core/structure/guard.ts',
    text: 'if (!fragments.some(({ isForeign }) => isForeign)) return [];',
    by: 'if (fragments.length > 0) return [];',
    tests: ['core/unsafe-values'],
  },
  {
    breaks: 'steps grow',
    file: 'functions/rollout/step.ts',
    text: "after.kind === 'share' && after.share > before.share",
    by: "after.kind === 'share'",
    tests: ['rollout/steps'],
  },
  {
    breaks: 'few requests halt nothing',
    file: 'functions/rollout/judgement.ts',
    text: "measure === 'servers' ? 1 : minRequests",
    by: '1',
    tests: ['rollout/judgement'],
  },
  {
    breaks: 'what is bad everywhere halts nothing',
    file: 'functions/rollout/judgement.ts',
    text: 'ended === 0 || isAlike',
    by: 'ended === 0',
    tests: ['rollout/judgement'],
  },
  {
    breaks: 'halves lead to what is bad',
    file: 'functions/intent/search.ts',
    text: "if (verdict.kind === 'good') good = middle;",
    by: "if (verdict.kind !== 'good') good = middle;",
    tests: ['intent/search'],
  },
  {
    breaks: 'a secret is not told in the words of HAProxy',
    file: 'functions/core/redaction.ts',
    text: '(isSecret(run) ? HIDDEN : run)',
    by: 'run',
    tests: ['admission/admission'],
  },
  {
    breaks: 'a service selects in its own namespace',
    file: 'functions/core/fleet.ts',
    text: 'definitions.get(namespace)?.(labels)',
    by: '[...definitions.values()][0]?.(labels)',
    tests: ['core/mass-loss'],
  },
  {
    breaks: 'a section that is known from before ends where another one begins',
    file: 'reloader/config/common-ends.ts',
    text: 'count > 0 && !isHeaderAt(text, end)',
    by: 'count < 0',
    tests: ['plan/reuse'],
  },
  {
    breaks: 'a section that is known from before begins at the beginning of a line',
    file: 'reloader/config/common-ends.ts',
    text: 'text.length - (start - 1) > alike',
    by: 'text.length - start > alike',
    tests: ['plan/reuse'],
  },
  {
    breaks: 'a status that an object has already is not written',
    file: 'functions/core/status-merge.ts',
    text: 'if (isDeepStrictEqual(wanted, before)) return undefined;',
    by: '',
    tests: ['core/statuses', 'kubernetes/statuses'],
  },
  {
    breaks: 'the time of a condition changes with its status alone',
    file: 'functions/core/status-merge.ts',
    text: 'known.status === wanted.status',
    by: 'known.reason === wanted.reason',
    tests: ['core/statuses'],
  },
  {
    breaks: 'a status of a later generation is never taken back',
    file: 'functions/core/status-merge.ts',
    text: 'generationIn(before) > generation',
    by: 'generationIn(before) < 0',
    tests: ['core/statuses'],
  },
  {
    breaks: 'what other controllers have written stays',
    file: 'functions/core/status-merge.ts',
    text: 'parents: [...others, ...listOf(wanted.parents)]',
    by: 'parents: [...listOf(wanted.parents)]',
    tests: ['core/statuses', 'kubernetes/statuses'],
  },
  {
    breaks: 'an object that was made anew is not given the status of the one before',
    file: 'functions/kubernetes/status-object.ts',
    text: 'entry.uid !== metadata.uid',
    by: 'entry.uid === metadata.uid',
    tests: ['kubernetes/statuses'],
  },
  {
    breaks: 'a status is written where an input says so alone',
    file: 'functions/core/statuses.ts',
    text: 'writesStatus && isCovered(entry, feed)',
    by: 'isCovered(entry, feed)',
    tests: ['core/statuses'],
  },
];
