import { join } from 'node:path';
import { readCapabilities } from '../../reloader/haproxy/capabilities.ts';
import { openSession } from '../../reloader/runtime/session.ts';
import { createAuditing } from '../runtime/auditing.ts';
import { startHaproxy } from '../runtime/haproxy.ts';
import { mapFrontend } from './map-frontend.ts';
import { processorMs } from './process-cost.ts';
import { alone } from './scope.ts';
import { quantile, type Section } from './section.ts';

const AUDITS = 200;
const ROUNDS = 5;
const SIZES = [
  { servers: 100, backends: 10 },
  { servers: 1_000, backends: 100 },
  { servers: 10_000, backends: 1_000 },
] as const;
const ENTRIES = 1_000;

type Size = (typeof SIZES)[number];

function configuration(root: string, { servers, backends }: Size): string {
  const sections = Array.from({ length: backends }, (_, b) => `backend b${b}\n`);
  for (let i = 0; i < servers; i += 1)
    sections[i % backends] += `  server s${i} 127.0.0.1:${9 + (i % 100)} check\n`;
  return `${mapFrontend(root)}${sections.join('')}`;
}

const hosts = Array.from({ length: ENTRIES }, (_, i) => `www${i}.example.com b0\n`).join('');

/** Milliseconds of processor that one audit takes: of the reloader, and of HAProxy's worker. */
async function measure(size: Size): Promise<readonly [ours: number, haproxy: number]> {
  return alone(async (scope) => {
    const root = scope.home;
    const config = configuration(root, size);
    const files = { 'files/hosts.map': hosts };
    const instance = await startHaproxy(scope, { root, config, files });
    const capabilities = await readCapabilities(instance.ask);
    const pid = Number(/^Pid: (\d+)$/m.exec(await instance.ask('show info'))?.[1]);
    const release = Object.entries({ 'haproxy.cfg': config, ...files });
    const { audit } = createAuditing({
      root,
      files: release.map(([path, content]) => ({ path, content })),
      capabilities,
    });
    const once = async () => {
      const session = openSession({ path: join(root, 'worker.sock') });
      const found = await audit(session);
      session.close();
      if (found.length > 0) throw new Error(JSON.stringify(found[0]));
    };
    for (let i = 0; i < 20; i += 1) await once();
    const [before, start] = [process.cpuUsage(), processorMs(pid)];
    for (let i = 0; i < AUDITS; i += 1) await once();
    const { user, system } = process.cpuUsage(before);
    const haproxy = processorMs(pid) - start;
    await instance.stop();
    return [(user + system) / 1000 / AUDITS, haproxy / AUDITS];
  });
}

const count = (n: number) => n.toLocaleString('en');

/** What an audit costs in which nothing is found. */
export default async function audit(): Promise<Section> {
  const rows: (readonly (string | number)[])[] = [];
  for (const size of SIZES) {
    const figures: (readonly [number, number])[] = [];
    for (let round = 0; round < ROUNDS; round += 1) figures.push(await measure(size));
    const [ours, theirs] = [0, 1].map((i) => figures.map((each) => each[i] as number));
    rows.push([
      count(size.servers),
      count(size.backends),
      quantile(ours ?? [], 0.5),
      quantile(theirs ?? [], 0.5),
    ]);
  }
  return {
    title: 'An audit',
    note: `Processor time of one comparison of what HAProxy runs with what it should, a map of ${count(ENTRIES)} entries included: median of ${ROUNDS} rounds of ${AUDITS} audits each.`,
    head: ['servers', 'backends', 'reloader ms', 'HAProxy ms'],
    rows,
  };
}
