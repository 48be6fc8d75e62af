import { ALERTS_HEADER } from '../functions/wire/alerts-header.ts';
import { EVIDENCE_HEADER } from '../functions/wire/evidence.ts';
import { REFUSED_HEADER, RUNNING_HEADER } from '../functions/wire/revision.ts';
import type { Words } from './disk/record.ts';
import { headline, type Refusal } from './refusal.ts';
import type { Status } from './status.ts';
import { VERSION } from './version.ts';

export const printable = (text: string) => text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 100);

/** What a reloader tells of itself. */
export interface Told {
  readonly status: Status;
  readonly name: string;
  /** The revision that HAProxy runs, where that is known. */
  readonly running?: string | undefined;
  /** What was refused, and is not wanted. */
  readonly declined?: Refusal | undefined;
  readonly words?: Words | undefined;
  /** What HAProxy counted in the window that has ended, where that is asked for. */
  readonly evidence?: string | undefined;
}

/** What this reloader runs, in headers of each poll. */
export function report({ status, name, running, declined, words, evidence }: Told): {
  [header: string]: string;
} {
  const { version } = status.haproxy;
  const refusal = declined ?? status.refused.find(({ etag }) => etag === status.wanted);
  return {
    'user-agent': `haproxy-reloader/${VERSION}`,
    'x-proxy-name': printable(name),
    ...(version === '' ? {} : { 'x-haproxy-version': printable(version) }),
    ...(status.live === undefined ? {} : { 'x-running-hash': status.live }),
    ...(running === undefined ? {} : { [RUNNING_HEADER]: running }),
    ...(refusal === undefined
      ? {}
      : { 'x-refused-hash': refusal.etag, 'x-refused-reason': headline(refusal) }),
    ...(declined?.revision === undefined ? {} : { [REFUSED_HEADER]: declined.revision }),
    ...(words === undefined || words.etag !== declined?.etag
      ? {}
      : { [ALERTS_HEADER]: words.alerts }),
    ...(evidence === undefined ? {} : { [EVIDENCE_HEADER]: evidence }),
  };
}
