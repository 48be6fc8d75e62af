import type { NotReady } from '../publish/publication.ts';
import type { Reply } from './exchange.ts';
import { Problem } from './problem.ts';

const UNSYNCED: NotReady = {
  code: 'not-synced',
  message: 'the inputs have not been read yet',
  hint: 'Wait: this ends by itself as soon as they are.',
};

/** 503 with what is missing, and what to create. */
export function notReady(reason: NotReady = UNSYNCED): Problem {
  return new Problem({
    code: 'not-ready',
    detail: reason.message,
    hint: reason.hint,
    headers: { 'Retry-After': '2' },
    members: { reason: reason.code },
  });
}

/** The same, for programs alone. */
export const notReadyReply = (reason?: NotReady): Reply => notReady(reason).reply;
