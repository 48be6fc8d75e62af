import { wasCut } from '../stop.ts';
import { openSession, type Session } from './session.ts';
import { Surprise } from './surprise.ts';

/** The newest worker of HAProxy, for as long as it runs a release that is known. */
export interface Worker {
  /**
   * @param etag the release that the worker must run
   * @throws Surprise where it runs another one
   */
  using<T>(etag: string, work: (session: Session) => Promise<T>): Promise<T>;
}

export interface WorkerOptions {
  readonly masterSocket: string;
  /** The worker's own socket, where this reloader has HAProxy open one: a command there costs a tenth. */
  readonly workerSocket?: string;
  /** Ends every session with an AbortError. */
  readonly hurry?: AbortSignal;
}

const HASH = /^proc\.cfg_hash: type=str value=<(sha256:[0-9a-f]{64})>/;

export function createWorker({ masterSocket, workerSocket, hurry }: WorkerOptions): Worker {
  const ways = [
    ...(workerSocket === undefined ? [] : [{ path: workerSocket }]),
    { path: masterSocket, target: '@1' },
  ];
  /** A failed reload can leave the worker's own socket dead. */
  const open = async (etag: string): Promise<Session> => {
    for (const way of ways) {
      const session = openSession({ ...way, ...(hurry === undefined ? {} : { hurry }) });
      const told = await session.ask('get var proc.cfg_hash').catch((error: unknown) => {
        if (wasCut(error)) throw error;
        return '';
      });
      if (HASH.exec(told)?.[1] === etag) return session;
      session.close();
    }
    throw new Surprise('HAProxy does not run the release that the changes lead away from');
  };
  return {
    async using(etag, work) {
      const session = await open(etag);
      try {
        return await work(session);
      } finally {
        session.close();
      }
    },
  };
}
