import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..');

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

const readDockerfile = (file: string): readonly Instruction[] =>
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({
      name: line.split(' ', 1)[0] ?? '',
      rest: line.slice(line.indexOf(' ') + 1),
    }));

/** What is copied, and from where: the context, or an earlier stage. */
function copies(instructions: readonly Instruction[]) {
  return instructions
    .filter(({ name }) => name === 'COPY')
    .map(({ rest }) => {
      const words = rest.split(' ');
      const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
      return { stage: /--from=(\S+)/.exec(rest)?.[1], sources, target: words.at(-1) ?? '' };
    });
}

/** Runs a HEALTHCHECK's own command; gives its exit code. */
async function health(instructions: readonly Instruction[], env: Record<string, string>) {
  const { rest } = instructions.find(({ name }) => name === 'HEALTHCHECK') ?? { rest: '' };
  const [, ...args] = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4)) as string[];
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  return code;
}

const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');

for (const [file, port] of [
  ['Dockerfile', 8080],
  ['Dockerfile.haproxy', 8081],
] as const) {
  const instructions = readDockerfile(file);
  const value = (name: string) => instructions.findLast((i) => i.name === name)?.rest ?? '';

  test(`${file} copies what exists, and what reaches the context`, () => {
    for (const { stage, sources } of copies(instructions)) {
      for (const source of sources) {
        if (stage === undefined) {
          assert.ok(existsSync(join(root, source)), source);
          assert.ok(ignored.includes(`!${source}`), `${source} in .dockerignore`);
        } else if (source.startsWith('/build/') && !source.endsWith('/sbom.cdx.json'))
          assert.ok(existsSync(join(root, source.slice('/build/'.length))), source);
      }
    }
  });

  test(`${file} pins its images, and runs as no root`, () => {
    for (const { rest } of instructions.filter(({ name }) => name === 'FROM'))
      assert.match(rest, /^(node|haproxy):\$\{(NODE|HAPROXY)\}( AS build)?$/);
    for (const { rest } of instructions.filter(({ name }) => name === 'ARG'))
      assert.match(
        rest,
        /^(NODE=24\.\d+-alpine\d\.\d+|HAPROXY(=\d\.\d-alpine(\d\.\d+)?)?|VERSION=[\d.]+|REVISION=unknown|CODE_CACHE=yes)$/,
      );
    assert.match(value('USER'), /^[1-9]\d*:[1-9]\d*$/);
  });

  test(`${file} has the labels of OCI, with the version of the package`, () => {
    const text = readFileSync(join(root, file), 'utf8');
    const labels = [...text.matchAll(/org\.opencontainers\.image\.([a-z.]+)="([^"]+)"/g)];
    const names = labels.map(([, name]) => name);
    const own = ['title', 'description', 'licenses', 'version', 'revision', 'base.name'];
    assert.deepEqual(names, own);
    const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.ok(text.includes(`\nARG VERSION=${version}\n`));
    assert.ok(text.includes(`image.licenses="${license}"`));
  });

  test(`${file} installs what the lock file says, and has its SBOM`, () => {
    const runs = instructions.filter(({ name }) => name === 'RUN').map(({ rest }) => rest);
    assert.match(runs[0] ?? '', /^npm ci /);
    assert.ok(!runs.some((rest) => /npm (?:install|update|i) /.test(rest)));
    assert.ok(runs.some((rest) => rest.includes('npm run --silent sbom')));
    const built = copies(instructions).filter(({ stage }) => stage === 'build');
    assert.ok(built.some(({ sources }) => sources.some((path) => path.endsWith('sbom.cdx.json'))));
  });

  test(`${file} starts a file that it has copied`, () => {
    const [command, program = ''] = JSON.parse(value('ENTRYPOINT')) as string[];
    assert.equal(command, 'node');
    const copied = copies(instructions).map(({ target }) => basename(target));
    const isThere = copied.includes(basename(program)) || existsSync(join(root, program));
    assert.ok(isThere, program);
  });

  test(`${file} tells health by the program's own answer`, async () => {
    let status = 200;
    const paths: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const listen = `0.0.0.0:${(server.address() as AddressInfo).port}`;
    assert.equal(await health(instructions, { LISTEN: listen }), 0);
    status = 503;
    assert.equal(await health(instructions, { LISTEN: listen }), 1);
    server.close();
    await once(server, 'close');
    assert.equal(await health(instructions, { LISTEN: listen }), 1);
    assert.deepEqual(paths, ['/healthz', '/healthz']);
    assert.match(value('HEALTHCHECK'), new RegExp(`127\\.0\\.0\\.1:${port}`));
  });
}
