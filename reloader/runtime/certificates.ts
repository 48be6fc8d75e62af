import type { Certificate } from '../config/certificate.ts';
import type { Operation } from '../operation.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';

export type CertificateOperation = Extract<
  Operation,
  {
    readonly kind:
      | 'set-certificate'
      | 'new-certificate'
      | 'list-certificate'
      | 'unlist-certificate'
      | 'delete-certificate';
  }
>;

const TRANSACTION = /^Transaction (?:created|updated) for certificate (.*)!/;

/**
 * Sets and commits. HAProxy 2.6 has one transaction for all: while another's is open, this file's content goes into
 * that one, and only the answer tells. It is aborted then, so that nobody commits it.
 */
async function commit(session: Session, file: string, { pem, fingerprint }: Certificate) {
  const set = await session.ask(`set ssl cert ${file}`, pem);
  const name = TRANSACTION.exec(set)?.[1];
  if (name !== file) {
    if (name !== undefined) await session.ask(`abort ssl cert ${name}`);
    surprise(`set ssl cert ${file}`, set);
  }
  const committed = await session.ask(`commit ssl cert ${file}`);
  if (!/^Success!$/m.test(committed)) {
    await session.ask(`abort ssl cert ${file}`);
    surprise(`commit ssl cert ${file}`, committed.split('\n').at(-1));
  }
  const shown = await session.ask(`show ssl cert ${file}`);
  if (!shown.includes(`SHA1 FingerPrint: ${fingerprint}`))
    surprise(`${file} still has its former certificate`);
}

async function requireAnswer(session: Session, command: string, expected: RegExp) {
  const answer = await session.ask(command);
  if (!expected.test(answer)) surprise(command, answer);
}

async function add(session: Session, list: string, file: string, line: string) {
  const command = `add ssl crt-list ${list}`;
  const answer = await (line === file
    ? session.ask(`${command} ${file}`)
    : session.ask(command, line));
  if (!/^Success!$/m.test(answer)) surprise(command, answer.split('\n').at(-1));
}

/** Whether a list shows a file: its lines are `FILE:NUMBER [options] filters`. */
async function requireListed(session: Session, list: string, file: string, isListed: boolean) {
  const shown = await session.ask(`show ssl crt-list -n ${list}`);
  const found = shown.split('\n').some((line) => line.startsWith(`${file}:`));
  if (found !== isListed) surprise(`${list} ${isListed ? 'lacks' : 'still has'} ${file}`);
}

/**
 * Carries out one operation on certificates and reads it back.
 *
 * @throws Surprise
 */
export async function carryOutCertificate(
  session: Session,
  operation: CertificateOperation,
): Promise<void> {
  const { file } = operation;
  switch (operation.kind) {
    case 'set-certificate':
      return commit(session, file, operation.certificate);
    case 'new-certificate':
      await requireAnswer(session, `new ssl cert ${file}`, /^New empty certificate store/);
      return commit(session, file, operation.certificate);
    case 'list-certificate':
      await add(session, operation.list, file, operation.line);
      return requireListed(session, operation.list, file, true);
    case 'unlist-certificate':
      await requireAnswer(
        session,
        `del ssl crt-list ${operation.list} ${file}`,
        /deleted in crtlist/,
      );
      return requireListed(session, operation.list, file, false);
    case 'delete-certificate':
      return requireAnswer(session, `del ssl cert ${file}`, /deleted!$/);
  }
}
