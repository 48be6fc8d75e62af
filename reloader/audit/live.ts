import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import type { Release } from '../disk/release.ts';
import type { Reading } from '../plan/reading.ts';
import type { Serving } from '../serving.ts';
import { type ExpectedFiles, expectFiles } from './expected-files.ts';
import { createExpectations, type ExpectedServers } from './expected-servers.ts';

/** What HAProxy is to show while a release runs. */
export interface Live {
  /** What serves of the release. */
  serving(release: Release): Release['files'];
  servers(release: Release): ExpectedServers;
  files(release: Release): ExpectedFiles;
}

export interface LiveOptions {
  /** The folder of the live release as configurations name it. */
  readonly root: string;
  readonly serving: Serving;
  readonly reading: Reading;
}

/** Reads a release once, for as long as it is asked about. */
export function createLive({ root, serving, reading }: LiveOptions): Live {
  const expectations = createExpectations();
  const servers = new WeakMap<Release['files'], ExpectedServers>();
  const known = new WeakMap<Release, ExpectedFiles>();
  const parse = (files: Release['files']) =>
    reading(files.find(({ path }) => path === CONFIG_PATH)?.content ?? '');
  return {
    serving: serving.of,
    servers(release) {
      const files = serving.of(release);
      const expected = servers.get(files) ?? expectations(parse(files));
      servers.set(files, expected);
      return expected;
    },
    files(release) {
      const expected =
        known.get(release) ?? expectFiles(parse(serving.of(release)), release.files, root);
      known.set(release, expected);
      return expected;
    },
  };
}
