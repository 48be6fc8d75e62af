import { join } from 'node:path';
import { readCapabilities } from '../../reloader/haproxy/capabilities.ts';
import { createCli } from '../../reloader/haproxy/cli.ts';
import { plan, type Release } from '../../reloader/plan.ts';
import { openSession, type Session } from '../../reloader/runtime/session.ts';
import { createTombstones } from '../../reloader/runtime/tombstones.ts';
import { runOperations } from '../../reloader/runtime.ts';
import { startHaproxy } from '../runtime/haproxy.ts';
import { mapFrontend } from './map-frontend.ts';
import { alone, type Scope } from './scope.ts';
import { quantile, type Section } from './section.ts';

const SERVERS = 1_000;
const ENTRIES = 100_000;
const ROUNDS = 5;

/** One way of sending the commands of an apply. */
type Way = (path: string) => Session;

/** As scripts do it: each command over a connection of its own, one after the other. */
const oneByOne: Way = (path) => {
  const cli = createCli({ path });
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(command, payload) {
      const answer = last.then(async () => (await cli.ask(command, payload)).trim());
      last = answer.catch(() => undefined);
      return answer;
    },
    close: () => undefined,
  };
};
const pipelined: Way = (path) => openSession({ path });

interface Change {
  readonly what: string;
  readonly backends: number;
  readonly old: (i: number) => string | undefined;
  readonly now: (i: number) => string | undefined;
}

const server = (i: number, name: string, port: number) => `${name}${i} 127.0.0.1:${port} check`;
const CHANGES: readonly Change[] = [1, 100].flatMap((backends) => [
  { what: 'come', backends, old: () => undefined, now: (i) => server(i, 's', 9) },
  { what: 'move', backends, old: (i) => server(i, 's', 9), now: (i) => server(i, 's', 10) },
  { what: 'are replaced', backends, old: (i) => server(i, 's', 9), now: (i) => server(i, 'n', 9) },
  { what: 'go', backends, old: (i) => server(i, 's', 9), now: () => undefined },
]);

interface Content {
  readonly root: string;
  readonly backends: number;
  readonly servers: (i: number) => string | undefined;
}

function configuration({ root, backends, servers }: Content): string {
  const sections = Array.from({ length: backends }, () => '  server stays 127.0.0.1:9\n');
  for (let i = 0; i < SERVERS; i += 1) {
    const line = servers(i);
    if (line !== undefined) sections[i % backends] += `  server ${line}\n`;
  }
  return `${mapFrontend(root)}${sections.map((lines, b) => `backend b${b}\n${lines}`).join('')}`;
}

const release = (config: string, map = ''): Release => [
  { path: 'haproxy.cfg', content: config },
  { path: 'files/hosts.map', content: map },
];

interface Task {
  readonly scope: Scope;
  readonly root: string;
  readonly way: Way;
  readonly old: Release;
  readonly now: Release;
}

/** Milliseconds from the first command until all is read back, in a HAProxy of its own. */
async function time({ scope, root, way, old, now }: Task): Promise<number> {
  const files = Object.fromEntries(old.slice(1).map(({ path, content }) => [path, content]));
  const instance = await startHaproxy(scope, { root, config: old[0]?.content ?? '', files });
  const capabilities = await readCapabilities(instance.ask);
  const planned = plan({ old, new: now, root, capabilities });
  if (planned.kind !== 'runtime') throw new Error(JSON.stringify(planned));
  const session = way(join(root, 'worker.sock'));
  const startedAt = performance.now();
  const tombstones = createTombstones();
  const result = await runOperations({ operations: planned.operations, session, tombstones });
  const took = performance.now() - startedAt;
  if (result.kind !== 'applied') throw new Error(result.reason);
  session.close();
  await instance.stop();
  return took;
}

type Releases = (root: string) => Pick<Task, 'old' | 'now'>;

async function compare(releases: Releases): Promise<readonly number[]> {
  return alone(async (scope) => {
    const root = scope.home;
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round <= ROUNDS; round += 1)
      for (const [i, way] of [pipelined, oneByOne].entries()) {
        const ms = await time({ ...releases(root), scope, root, way });
        // The first round finds nothing compiled.
        if (round > 0) times[i]?.push(ms);
      }
    const [ours, others] = times.map((all) => quantile(all, 0.5)) as [number, number];
    return [ours, others, others / ours];
  });
}

const count = (n: number) => n.toLocaleString('en');

/** Applies of many operations over the Runtime API, read back, beside a connection for each command. */
export default async function operations(): Promise<Section> {
  const rows: (readonly (string | number)[])[] = [];
  for (const { what, backends, old, now } of CHANGES) {
    const of = (root: string, servers: Change['old']) =>
      release(configuration({ root, backends, servers }));
    const figures = await compare((root) => ({ old: of(root, old), now: of(root, now) }));
    rows.push([`${count(SERVERS)} servers ${what}`, count(backends), ...figures]);
  }
  const hosts = (count: number, value: string) =>
    Array.from({ length: count }, (_, i) => `www${i}.example.com ${value}\n`).join('');
  for (const [what, now] of [
    [`one entry more in a map of ${count(ENTRIES)}`, hosts(ENTRIES + 1, 'b0')],
    [`all ${count(ENTRIES)} entries of a map`, hosts(ENTRIES, 'b1')],
  ] as const) {
    const figures = await compare((root) => {
      const config = configuration({ root, backends: 1, servers: () => undefined });
      return { old: release(config, hosts(ENTRIES, 'b0')), now: release(config, now) };
    });
    rows.push([what, '1', ...figures]);
  }
  return {
    title: 'Many operations in one apply',
    note: `From the first command until everything is read back, in a HAProxy that has nothing else to do; medians of ${ROUNDS}, the two ways in turns. One connection a command, one after the other, is how scripts do it.`,
    head: ['what', 'backends', 'ms', 'ms, a connection a command', 'times'],
    rows,
  };
}
