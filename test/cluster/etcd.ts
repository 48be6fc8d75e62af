import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { request } from 'undici';
import { freePort } from '../kit/port.ts';
import { type Daemon, pathOf, startDaemon } from './daemon.ts';

/** An etcd of one member. */
export interface Etcd {
  readonly url: string;
  /** Forgets all history up to now. */
  compact(): Promise<void>;
  /** Saves what it holds; gives the file. */
  save(): Promise<string>;
  /** Ends it, and starts it anew from what was saved: its revisions go back. */
  restore(file: string): Promise<void>;
  kill(): Promise<void>;
}

const run = promisify(execFile);

/** Calls etcd's API by its gateway to JSON; a stream is lines of it. */
async function call(url: string, path: string, body: object): Promise<string> {
  const answer = await request(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const text = await answer.body.text();
  if (answer.statusCode !== 200)
    throw new Error(`etcd answers ${path} ${answer.statusCode}: ${text}`);
  return text;
}

async function saveTo(file: string, url: string): Promise<void> {
  const lines = (await call(url, '/v3/maintenance/snapshot', {})).trim().split('\n');
  const blobs = lines.map((line) => JSON.parse(line).result.blob as string | undefined);
  writeFileSync(file, Buffer.concat(blobs.map((blob) => Buffer.from(blob ?? '', 'base64'))));
}

/** Starts one in a folder; it ends by `kill` alone. */
export async function startEtcd(home: string): Promise<Etcd> {
  const [url, peers] = [
    `http://127.0.0.1:${await freePort()}`,
    `http://127.0.0.1:${await freePort()}`,
  ];
  const name = 'one';
  const start = (data: string): Promise<Daemon> =>
    startDaemon({
      program: 'etcd',
      flags: [
        ...['--name', name, '--data-dir', data, '--log-level', 'error'],
        ...['--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
        ...['--initial-cluster', `${name}=${peers}`, '--unsafe-no-fsync'],
      ],
      isReady: async () => (await request(`${url}/health`)).statusCode === 200,
    });
  const fresh = (what: string) => mkdtempSync(join(home, `${what}-`));
  let daemon = await start(fresh('etcd'));
  return {
    url,
    async compact() {
      const { header } = JSON.parse(await call(url, '/v3/kv/range', { key: 'AA==' }));
      await call(url, '/v3/kv/compaction', { revision: header.revision, physical: true });
    },
    async save() {
      const file = join(fresh('saved'), 'snapshot.db');
      await saveTo(file, url);
      return file;
    },
    async restore(file) {
      await daemon.kill();
      const data = join(fresh('restored'), 'data');
      const member = ['--name', name, '--initial-cluster', `${name}=${peers}`];
      const flags = [...member, '--initial-advertise-peer-urls', peers, '--data-dir', data];
      await run(pathOf('etcdutl'), ['snapshot', 'restore', file, ...flags]);
      daemon = await start(data);
    },
    kill: () => daemon.kill(),
  };
}
