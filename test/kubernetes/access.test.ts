import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessRequest, Verdict } from '../../functions/access/authenticator.ts';
import { kubernetesAccess } from '../../functions/kubernetes/access.ts';
import { baseCredentials } from '../../functions/kubernetes/service-account.ts';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { failure } from '../apiserver/status.ts';

const AUDIENCE = 'kubernetes-haproxy';
const RELOADER = { name: 'system:serviceaccount:lb:reloader', audiences: [AUDIENCE] };

const claims = (exp: number): string =>
  ['e30', Buffer.from(JSON.stringify({ exp })).toString('base64url'), 'sig'].join('.');

const asks = (token: string, more: Partial<AccessRequest> = {}): AccessRequest => ({
  method: 'GET',
  path: '/bundle',
  peer: '127.0.0.1',
  authorization: `Bearer ${token}`,
  ...more,
});
const show = (verdict: Verdict | undefined): string | undefined =>
  verdict?.kind === 'refused' ? `${verdict.status} ${verdict.code}` : verdict?.kind;

async function begin(t: Parameters<typeof startApiServer>[0]) {
  const server = await startApiServer(t);
  const clock = { now: 1_000_000_000 };
  server.tokens.set('good', RELOADER);
  server.authorize = ({ user, verb, path, resource }) =>
    resource !== undefined || (user === RELOADER.name && verb === 'get' && path === '/bundle');
  const access = kubernetesAccess({
    credentials: baseCredentials({ base: new URL(server.base) }),
    audience: AUDIENCE,
    now: () => clock.now,
  });
  const admit = async (...of: Parameters<typeof asks>) => show(await access.admit(asks(...of)));
  return { server, clock, access, admit };
}

const away = (server: ApiServer): void =>
  server.faults.add({
    fault: { kind: 'answer', answer: failure(500, 'InternalError', 'etcd is away') },
    times: Number.POSITIVE_INFINITY,
  });

test('who proves who it is and may, is let in; nobody else is', async (t) => {
  const { server, admit } = await begin(t);
  server.tokens.set('api', { name: RELOADER.name });
  server.tokens.set('foreign', { name: RELOADER.name, audiences: ['vault'] });
  server.tokens.set('other', { name: 'system:serviceaccount:x:y', audiences: [AUDIENCE] });
  assert.equal(await admit('good'), 'allowed');
  assert.equal(await admit('good', { method: 'HEAD' }), 'allowed');
  assert.equal(await admit('bad'), '401 token-wrong', 'unknown');
  assert.equal(await admit('api'), '401 token-wrong', 'a token for the API server');
  assert.equal(await admit('foreign'), '401 token-wrong', 'a token for somebody else');
  assert.equal(await admit('other'), '403 access-forbidden', 'not authorised');
  assert.equal(await admit('good', { path: '/snapshot' }), '403 access-forbidden', 'another path');
  assert.equal(await admit('good', { method: 'POST' }), '403 access-forbidden', 'another method');
  assert.equal(await admit('', { authorization: 'Basic Z29vZDo=' }), '401 token-missing');
});

test('a token that is bound to a pod proves the name of the pod, and of its node; another proves none', async (t) => {
  const { server, access } = await begin(t);
  const of = 'authentication.kubernetes.io/';
  const extra = { [`${of}pod-name`]: ['haproxy-x1'], [`${of}node-name`]: ['node-7'] };
  server.tokens.set('bound', { ...RELOADER, extra });
  const proven = async (token: string) => {
    const verdict = await access.admit(asks(token));
    return verdict.kind === 'allowed' ? verdict.proven : verdict.kind;
  };
  assert.deepEqual(await proven('bound'), ['haproxy-x1', 'node-7']);
  assert.deepEqual(await proven('bound'), ['haproxy-x1', 'node-7'], 'remembered');
  assert.deepEqual(await proven('good'), []);
});

test('an API server that confirms no audience is not believed', async (t) => {
  const { server, admit } = await begin(t);
  const status = { authenticated: true, user: { username: RELOADER.name } };
  server.faults.add({ fault: { kind: 'garbage', text: JSON.stringify({ status }) } });
  assert.equal(await admit('good'), '401 token-wrong');
});

test('a yes is remembered for five minutes, a no for ten seconds; who asks at once asks once', async (t) => {
  const { server, clock, access, admit } = await begin(t);
  const asked = () => server.requests.length;
  assert.equal(access.recall?.(asks('good')), undefined);
  await Promise.all([admit('good'), admit('good'), admit('good')]);
  assert.equal(asked(), 2, 'one TokenReview, one SubjectAccessReview');
  clock.now += 299_999;
  assert.equal(show(access.recall?.(asks('good'))), 'allowed');
  assert.equal(await admit('good'), 'allowed');
  assert.equal(asked(), 2);
  clock.now += 1;
  server.tokens.delete('good');
  assert.equal(await admit('good'), '401 token-wrong', 'revoked');
  server.tokens.set('good', RELOADER);
  clock.now += 9999;
  assert.equal(await admit('good'), '401 token-wrong');
  clock.now += 1;
  assert.equal(await admit('good'), 'allowed');
});

test('while the API server is away, a yes is used for five minutes more, and a stranger is told to come again', async (t) => {
  const { server, clock, admit } = await begin(t);
  assert.equal(await admit('good'), 'allowed');
  away(server);
  clock.now += 599_999;
  assert.equal(await admit('good'), 'allowed');
  assert.equal(await admit('new'), 'unavailable');
  clock.now += 1;
  assert.equal(await admit('good'), 'unavailable');
  server.faults.clear();
  assert.equal(await admit('good'), 'allowed');
});

test('nothing is remembered past the expiry of the token itself', async (t) => {
  const { server, clock, admit } = await begin(t);
  const token = claims(clock.now / 1000 + 60);
  server.tokens.set(token, RELOADER);
  assert.equal(await admit(token), 'allowed');
  clock.now += 60_000;
  server.tokens.delete(token);
  assert.equal(await admit(token), '401 token-wrong');
});

test('a yes says until when: five minutes, ten while the API server is away, or the end of the token', async (t) => {
  const { server, clock, access } = await begin(t);
  const secondsLeft = async (token: string) => {
    const verdict = await access.admit(asks(token));
    return verdict.kind === 'allowed' && ((verdict.until ?? 0) - clock.now) / 1000;
  };
  const [short, late] = [60, -1].map((s) => claims(clock.now / 1000 + s)) as [string, string];
  for (const token of [short, late]) server.tokens.set(token, RELOADER);
  assert.equal(await secondsLeft('good'), 300);
  assert.equal(await secondsLeft(short), 60);
  assert.ok(Number(await secondsLeft(late)) <= 0, 'clocks differ');
  clock.now += 50_000;
  assert.equal(await secondsLeft('good'), 250, 'remembered');
  away(server);
  clock.now += 350_000;
  assert.equal(await secondsLeft('good'), 200);
});

test('a service that may not review says which rules it lacks, and nothing of the token', async (t) => {
  const { server, access } = await begin(t);
  server.authorize = () => false;
  const verdict = await access.admit(asks('secret-token'));
  assert.ok(verdict.kind === 'unavailable');
  assert.match(verdict.reason, /resources: \[tokenreviews\], verbs: \[create\]/);
  assert.ok(!verdict.reason.includes('secret-token'));
});
