import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeCertificate } from '../kit/certificate.ts';
import { startLoad } from '../kit/load.ts';
import { freePort } from '../kit/port.ts';
import { holdPort } from '../kit/port-holder.ts';
import { bundleOf } from '../kit/renderer.ts';
import { running } from '../kit/running.ts';
import { until } from '../kit/until.ts';

describe('what haproxy -c or the reload itself refuses', { concurrency: true }, () => {
  test('a release that haproxy -c refuses is not taken, is told with its lines, and is not checked again', async (t) => {
    const { renderer, reloader, stateDir, port, config, good } = await running(t);
    const load = startLoad(t, { port, keepAlive: false });
    const cases = [
      [
        'an unknown keyword',
        config('  nonsense here\n'),
        'check-failed',
        /^haproxy\.cfg:\d+: .*nonsense/,
      ],
      ['no listener', 'defaults\n  mode http\n', 'no-listener', /no listener/],
      [
        'a certificate that is not there',
        config(`  bind 127.0.0.1:1 ssl crt ${stateDir}/current/ssl/none.pem\n`),
        'check-failed',
        /none\.pem/,
      ],
      ['a condition that does not end', config('  .if 0\n'), 'check-failed', /\.if|endif/i],
    ] as const;
    for (const [name, text, code, message] of cases)
      await t.test(name, async () => {
        const bad = bundleOf(text);
        renderer.serve(bad);
        const status = await reloader.isRefused(bad.etag);
        const refusal = status.refused.find(({ etag }) => etag === bad.etag);
        assert.equal(refusal?.code, code);
        const [first] = refusal?.errors ?? [];
        const told =
          first === undefined ? refusal?.reason : `${first.file}:${first.line}: ${first.message}`;
        assert.match(told ?? '', message);
        assert.doesNotMatch(JSON.stringify(refusal), /staging/);
        assert.equal(status.live, good.etag);
        assert.equal(status.ready, true);
        const report = await until('the next poll reports it', () =>
          renderer.seen.findLast((request) => request.headers['x-refused-hash'] === bad.etag),
        );
        assert.match(String(report.headers['x-refused-reason']), new RegExp(`^${code}: `));
        assert.equal(report.headers['x-running-hash'], good.etag);
        assert.match(String(report.headers['x-haproxy-version']), /^[2-9]\.\d+\.\d/);
      });
    const checked = (await reloader.status()).counts.refusals;
    await renderer.leave();
    await until('it notices', async () => !(await reloader.status()).renderer.reachable);
    await renderer.come();
    await until('it comes back', async () => (await reloader.status()).renderer.reachable);
    assert.equal((await reloader.status()).counts.refusals, checked);
    assert.equal(await readlink(join(stateDir, 'current')), `releases/${good.etag.slice(7)}`);
    await load.stop();
    assert.deepEqual(load.failures, []);
    const next = bundleOf(config('  option httplog\n'));
    renderer.serve(next);
    await reloader.isLive(next.etag);
  });

  test('a reload that fails is taken back: the last good release is on disk and live', async (t) => {
    const { renderer, reloader, stateDir, port, config, good } = await running(t);
    // A preflight cannot see it: the condition may or may not hold.
    const holder = await holdPort(t);
    const bad = bundleOf(config(`  .if 1\n  bind 127.0.0.1:${holder.port}\n  .endif\n`));
    renderer.serve(bad);
    const status = await reloader.isRefused(bad.etag);
    // By its first report: on a busy machine it has been tried again before anybody looks.
    const report = await until('it is reported', () =>
      renderer.seen.find((request) => request.headers['x-refused-hash'] === bad.etag),
    );
    assert.match(String(report.headers['x-refused-reason']), /^reload-failed: /);
    assert.equal(await readlink(join(stateDir, 'current')), `releases/${good.etag.slice(7)}`);
    await reloader.isLive(good.etag);
    const load = startLoad(t, { port, keepAlive: false });
    const { refusals } = status.counts;
    // What it met may pass: it is tried again by itself, and without a reload as long as the port is taken.
    const again = await until('it is tried again', async () => {
      const now = await reloader.status();
      return now.counts.refusals > refusals + 1 ? now : undefined;
    });
    assert.equal(again.refused[0]?.code, 'bind-conflict');
    await load.stop();
    assert.deepEqual(load.failures, []);
    await holder.release();
    await reloader.isLive(bad.etag);
  });

  test('the check reads the certificates of the release that it checks, not those that are live', async (t) => {
    const { renderer, reloader, stateDir, config, good } = await running(t);
    const [one, two] = [
      await makeCertificate({ names: ['a'] }),
      await makeCertificate({ names: ['b'] }),
    ];
    const pem = `${one.keyPem}${one.certificatePem}`;
    const mismatched = `${one.keyPem}${two.certificatePem}`;
    const port = await freePort();
    const text = (crt: string) => config(`  bind 127.0.0.1:${port} ssl ${crt}\n`);
    const direct = text(`crt ${stateDir}/current/ssl/a.pem`);
    const listed = text(`crt-list ${stateDir}/current/files/list`);
    const list = `${stateDir}/current/ssl/a.pem [ssl-min-ver TLSv1.2] a\n`;
    for (const [config, files] of [
      [direct, {}],
      [listed, { 'files/list': list }],
    ] as const) {
      const broken = bundleOf(config, { ...files, 'ssl/a.pem': mismatched });
      const whole = bundleOf(config, { ...files, 'ssl/a.pem': pem });
      renderer.serve(broken);
      const status = await reloader.isRefused(broken.etag);
      assert.equal(status.refused[0]?.code, 'check-failed');
      assert.notEqual(status.live, broken.etag);
      renderer.serve(whole);
      await reloader.isLive(whole.etag);
      // With the good one live, the broken one must not pass by it.
      renderer.serve(good);
      await reloader.isLive(good.etag);
      renderer.serve(whole);
      await reloader.isLive(whole.etag);
      const worse = bundleOf(`${config}# again\n`, { ...files, 'ssl/a.pem': mismatched });
      renderer.serve(worse);
      assert.equal((await reloader.isRefused(worse.etag)).live, whole.etag);
    }
  });
});
