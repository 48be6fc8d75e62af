import type { Answer, Known, Publisher, Question } from '../../functions/publish/publication.ts';

/** A question with one hash, or none. */
export interface Asked extends Partial<Question> {
  readonly variant: Question['variant'];
  readonly etag?: string;
  /** Cancels it where it is held. */
  readonly signal?: AbortSignal;
}

/** The answer to a question, now or later. */
export function answerOf(publisher: Publisher, asked: Asked): Promise<Answer> {
  const { etag, signal, ...question } = asked;
  const known: Known = etag === undefined ? { kind: 'none' } : { kind: 'these', etags: [etag] };
  return new Promise((resolve) => {
    const answer = publisher.ask({ waitMs: 0, known, ...question }, resolve);
    if (answer.kind === 'held') signal?.addEventListener('abort', () => answer.cancel());
    else resolve(answer);
  });
}
