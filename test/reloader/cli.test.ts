import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cliWord, createCli } from '../../reloader/haproxy/cli.ts';
import { folder } from '../kit/folder.ts';

/** A peer on a unix socket that answers with `answer`, or not at all, and keeps what it read. */
async function peer(t: TestContext, answer: string | undefined) {
  const path = join(await folder(), 'sock');
  const seen: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.setEncoding('utf8').on('data', (text: string) => void seen.push(text));
    socket.on('error', () => undefined);
    if (answer !== undefined) socket.on('end', () => socket.end(answer));
    t.after(() => socket.destroy());
  });
  await new Promise<void>((done) => void server.listen(path, done));
  t.after(() => server.close());
  return { path, seen };
}

test('a command is one line, its answer all that comes', async (t) => {
  const { path, seen } = await peer(t, 'one\ntwo\n\n');
  assert.equal(await createCli({ path }).ask('show info'), 'one\ntwo\n\n');
  assert.deepEqual(seen, ['show info\n']);
});

test('the target stands before every command of a line, as the master of 2.6 needs it', async (t) => {
  const { path, seen } = await peer(t, '');
  const cli = createCli({ path, target: '@1' });
  await cli.askAll(['show info', 'show stat']);
  await cli.ask('set ssl cert f.pem', 'LINE 1\nLINE 2\n');
  assert.deepEqual(seen, [
    '@1 show info;@1 show stat\n',
    '@1 set ssl cert f.pem <<\nLINE 1\nLINE 2\n\n',
  ]);
});

test('nothing that could become a second command is sent', async (t) => {
  const { path, seen } = await peer(t, '');
  const cli = createCli({ path });
  const refused = { code: 'cli-argument' };
  await assert.rejects(cli.ask('show info\nshow stat'), refused);
  await assert.rejects(cli.ask('show info;show stat'), refused);
  await assert.rejects(cli.askAll(['show info', 'a\rb']), refused);
  for (const payload of ['', '\n', 'a\n\nb', 'a\n \nb', 'a\n\r\nb'])
    await assert.rejects(cli.ask('set ssl cert f', payload), refused);
  for (const command of ['show map <<', 'show info\\', 'a\\\\;b'])
    await assert.rejects(cli.ask(command), refused);
  for (const word of ['', 'a\nb', 'a\0b']) assert.throws(() => cliWord(word), refused);
  assert.equal(cliWord('a b\\c;<<'), 'a\\ b\\\\c\\;\\<\\<');
  assert.deepEqual(seen, []);
});

test('a peer that is away, silent or endless is an error with its code', async (t) => {
  const silent = await peer(t, undefined);
  const endless = await peer(t, 'x'.repeat(200));
  const cases: [Parameters<typeof createCli>[0], string][] = [
    [{ path: `${silent.path}-none` }, 'cli-unreachable'],
    [{ path: silent.path, deadlineMs: 20 }, 'cli-timeout'],
    [{ path: endless.path, maxBytes: 100 }, 'cli-size'],
  ];
  for (const [options, code] of cases)
    await assert.rejects(createCli(options).ask('show info'), { code });
});
