import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type {
  AccessRequest,
  Authenticator,
  Verdict,
} from '../../functions/access/authenticator.ts';
import { readBearer } from '../../functions/access/authenticator.ts';
import { certificateHolders } from '../../functions/access/certificate.ts';
import { limitFailures } from '../../functions/access/limit.ts';
import { anyone } from '../../functions/access/none.ts';
import { TokenFileError, tokenHolders } from '../../functions/access/token.ts';
import { folder } from '../kit/folder.ts';

const request = (more: Partial<AccessRequest> = {}): AccessRequest => ({
  method: 'GET',
  path: '/bundle',
  peer: '127.0.0.1',
  ...more,
});
const bearer = (token: string) => request({ authorization: `Bearer ${token}` });
const codeOf = (verdict: Verdict) => (verdict.kind === 'refused' ? verdict.code : verdict.kind);

const OLD = 'an-old-token-0123456789';
const NEW = 'a-new-token-0123456789';

test('a bearer token is read as RFC 6750 writes it, and nothing else is', () => {
  assert.equal(readBearer('Bearer abc.DEF-1_2~+/=='), 'abc.DEF-1_2~+/==');
  assert.equal(readBearer('bearer abc'), 'abc');
  for (const none of [undefined, '', 'Basic abc', 'Bearer', 'Bearer a b', 'Bearer a\nb'])
    assert.equal(readBearer(none), undefined, String(none));
});

test('a token of the file is let in, and the file is read again as it changes', async () => {
  const path = join(await folder(), 'token');
  await writeFile(path, `# for the proxies\n${OLD}\n`);
  let now = 0;
  const tokens = await tokenHolders({ path, now: () => now });
  assert.equal(codeOf(await tokens.admit(bearer(OLD))), 'allowed');
  assert.equal(codeOf(await tokens.admit(bearer(NEW))), 'token-wrong');
  assert.equal(codeOf(await tokens.admit(request())), 'token-missing');

  await writeFile(path, `${OLD}\n${NEW}\n`);
  now += 1000;
  for (const token of [OLD, NEW])
    assert.equal(codeOf(await tokens.admit(bearer(token))), 'allowed', 'both while rotating');
  await writeFile(path, NEW);
  now += 1000;
  assert.equal(codeOf(await tokens.admit(bearer(OLD))), 'token-wrong', 'the old one is revoked');

  await rm(path);
  now += 1000;
  assert.equal(codeOf(await tokens.admit(bearer(NEW))), 'unavailable', 'nobody while it is gone');
  await writeFile(path, NEW);
  now += 1000;
  assert.equal(codeOf(await tokens.admit(bearer(NEW))), 'allowed');
});

test('a token file that cannot be used is told at the start, without what it holds', async () => {
  const path = join(await folder(), 'token');
  for (const text of ['', '# none\n', 'short']) {
    await writeFile(path, text);
    await assert.rejects(tokenHolders({ path }), (error: Error) => {
      assert.ok(error instanceof TokenFileError && error.message.includes(path));
      assert.ok(!error.message.includes('short'));
      return true;
    });
  }
  await assert.rejects(tokenHolders({ path: `${path}-none` }), TokenFileError);
});

test('a client certificate is let in by an allowed name, if the handshake trusted it', async () => {
  let now = 0;
  const expiresAt = 1000;
  const names = ['reloader.lb', 'spiffe://cluster.local/ns/lb/sa/reloader'];
  const holders = certificateHolders(names, () => now);
  const with_ = (isTrusted: boolean, ...names: string[]) =>
    holders.admit(request({ certificate: { isTrusted, names, expiresAt } })).then(codeOf);
  assert.equal(await with_(true, 'other', 'reloader.lb'), 'allowed');
  assert.equal(await with_(true, 'spiffe://cluster.local/ns/lb/sa/reloader'), 'allowed');
  assert.equal(await with_(true, 'other'), 'certificate-name');
  assert.equal(await with_(true), 'certificate-name');
  assert.equal(await with_(false, 'reloader.lb'), 'certificate-missing');
  assert.equal(codeOf(await holders.admit(request())), 'certificate-missing');
  now = 1000;
  assert.equal(await with_(true, 'reloader.lb'), 'certificate-missing', 'it has ended since');
});

test('who is let in is told until when: as long as the certificate, or the next look at the tokens', async () => {
  const path = join(await folder(), 'token');
  await writeFile(path, OLD);
  const certificate = { isTrusted: true, names: ['a'], expiresAt: 5000 };
  const untilOf = (verdict: Verdict) => verdict.kind === 'allowed' && verdict.until;
  const holders = certificateHolders(['a'], () => 0);
  assert.equal(untilOf(await holders.admit(request({ certificate }))), 5000);
  const tokens = await tokenHolders({ path, now: () => 1000 });
  assert.equal(untilOf(await tokens.admit(bearer(OLD))), 61_000);
});

test('failures are limited by peer; what is recalled passes; the limit ends by itself', async () => {
  let asked = 0;
  let now = 0;
  const inner: Authenticator = {
    describes: 'a test',
    admit: ({ authorization }) => {
      asked++;
      return Promise.resolve(
        authorization === 'good'
          ? { kind: 'allowed', name: 'good' }
          : { kind: 'refused', status: 401, code: 'bad', message: '', hint: '' },
      );
    },
    recall: ({ authorization }) =>
      authorization === 'known' ? { kind: 'allowed', name: 'known' } : undefined,
  };
  const limited = limitFailures(inner, { burst: 3, regainMs: 1000, now: () => now });
  const codes: string[] = [];
  for (let i = 0; i < 5; i++) codes.push(codeOf(await limited.admit(request())));
  assert.deepEqual(codes, ['bad', 'bad', 'bad', 'access-limited', 'access-limited']);
  assert.equal(asked, 3, 'nobody is asked for a limited peer');
  const verdict = await limited.admit(request({ authorization: 'good' }));
  assert.ok(verdict.kind === 'refused' && verdict.status === 429 && verdict.retryAfter === 1);
  assert.equal(codeOf(await limited.admit(request({ authorization: 'known' }))), 'allowed');
  assert.equal(codeOf(await limited.admit(request({ peer: '127.0.0.2' }))), 'bad', 'another peer');
  now += 1000;
  assert.equal(codeOf(await limited.admit(request({ authorization: 'good' }))), 'allowed');
});

test('without access control anyone is let in', async () => {
  assert.deepEqual(await anyone.admit(request()), { kind: 'allowed', name: '127.0.0.1' });
});
