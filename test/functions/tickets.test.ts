import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { createAuthenticator } from '../../functions/command/authentication.ts';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';
import { makeAuthority, makeCertificate } from './certificate-authority.ts';
import { settingsOf, start } from './start.ts';

async function certificates() {
  const home = await folder();
  makeAuthority(home);
  for (const name of ['server', 'reloader']) makeCertificate(home, name);
  return (name: string) => join(home, name);
}

type At = (name: string) => string;

/** A replica that lets in who has a certificate. */
async function replica(t: TestContext, at: At, ticketKey: string | undefined) {
  const settings = settingsOf(
    ...['--tls-cert', at('server.pem'), '--tls-key', at('server.key')],
    ...['--auth', 'tls', '--tls-client-ca', at('ca.pem'), '--tls-client-names', 'reloader'],
    ...(ticketKey === undefined ? [] : ['--tls-ticket-key', ticketKey]),
  );
  const kubernetes = () => assert.fail('not asked for');
  const authenticator = await createAuthenticator({ settings, kubernetes });
  const { publisher, service, lines } = await start(t, { settings, authenticator });
  publisher.publish('global\n');
  return { port: Number(new URL(service.url).port), lines };
}

/** Asks once over a connection of its own, with the session of another, if any. */
async function visit({ port }: { readonly port: number }, at: At, session?: Buffer) {
  const [ca, cert, key] = ['ca.pem', 'reloader.pem', 'reloader.key'].map((name) =>
    readFileSync(at(name)),
  );
  const tls = { port, host: '127.0.0.1', servername: 'localhost', ca, cert, key } as const;
  const socket = connect({
    ...tls,
    ...(session && { session }),
    checkServerIdentity: () => undefined,
  });
  let ticket: Buffer | undefined;
  socket.on('session', (given: Buffer) => {
    ticket = given;
  });
  socket.write('GET /bundle HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [head] = (await once(socket, 'data')) as [Buffer];
  const isResumed = socket.isSessionReused();
  // Whoever has resumed one may be given no other.
  if (session === undefined) await until('there is a ticket', () => ticket !== undefined);
  socket.destroy();
  return { status: head.toString().slice(9, 12), isResumed, ticket };
}

test("replicas that share a key resume one another's sessions, and know their clients", async (t) => {
  const at = await certificates();
  writeFileSync(at('raw'), randomBytes(48));
  writeFileSync(at('text'), `${readFileSync(at('raw')).toString('base64')}\n`);
  const [one, other] = [await replica(t, at, at('raw')), await replica(t, at, at('text'))];
  const first = await visit(one, at);
  assert.deepEqual([first.status, first.isResumed], ['200', false]);
  const second = await visit(other, at, first.ticket);
  assert.deepEqual([second.status, second.isResumed], ['200', true]);
  const alone = await replica(t, at, undefined);
  const third = await visit(alone, at, first.ticket);
  assert.deepEqual([third.status, third.isResumed], ['200', false]);

  makeCertificate(at(''), 'server');
  await until('it took a new certificate', () =>
    other.lines.some(({ message }) => message === 'loaded a new TLS certificate'),
  );
  assert.equal((await visit(other, at, first.ticket)).isResumed, true);
});

test('a new key of tickets is taken as it comes, and one that is none is refused', async (t) => {
  const at = await certificates();
  writeFileSync(at('key'), randomBytes(48));
  const one = await replica(t, at, at('key'));
  const { ticket } = await visit(one, at);
  writeFileSync(at('next'), randomBytes(48));
  renameSync(at('next'), at('key'));
  await until('it took a new key', async () => !(await visit(one, at, ticket)).isResumed);
  writeFileSync(at('key'), 'short');
  await until('it says what is wrong', () =>
    one.lines.some(({ error }) => /48 random bytes/.test(JSON.stringify(error ?? ''))),
  );
  assert.equal((await visit(one, at)).status, '200');
  await assert.rejects(replica(t, at, at('key')), /48 random bytes/);
});
