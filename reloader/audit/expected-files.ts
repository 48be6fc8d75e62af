import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { type Certificate, parseCertificate } from '../config/certificate.ts';
import { findFileUses } from '../config/file-use.ts';
import { type MapEntry, parseMapFile } from '../config/map-file.ts';
import { parsePatternFile } from '../config/pattern-file.ts';
import {
  type LoadedCertificates,
  loadCertificates,
  type ReleaseFiles,
  SPECIAL,
} from '../plan/certificates.ts';
import { NeedsReload } from '../plan/needs-reload.ts';
import type { Parsed } from '../config/proxy.ts';
import type { Release } from '../plan.ts';

/** A map as its file has it. */
export interface ExpectedMap {
  readonly kind: 'map';
  readonly file: string;
  readonly entries: readonly MapEntry[];
  /** What it costs to look at it, about, in bytes that HAProxy shows. */
  readonly cost: number;
}

/** The list of an ACL as its file has it. */
export interface ExpectedAcl {
  readonly kind: 'acl';
  readonly file: string;
  readonly patterns: ReadonlySet<string>;
  /** How many HAProxy has; undefined where it may have some of them more than once. */
  readonly count: number | undefined;
  readonly cost: number;
}

export interface ExpectedCertificate {
  readonly kind: 'certificate';
  readonly file: string;
  readonly certificate: Certificate;
  readonly cost: number;
}

/** A folder or crt-list, with the files that it lists and how, in order. */
export interface ExpectedList {
  readonly kind: 'list';
  readonly file: string;
  readonly listed: readonly { readonly file: string; readonly line: string }[];
  readonly cost: number;
}

/** What HAProxy has read of a release's files and can be changed by commands. */
export interface ExpectedFiles {
  readonly maps: readonly ExpectedMap[];
  readonly acls: readonly ExpectedAcl[];
  readonly certificates: readonly ExpectedCertificate[];
  readonly lists: readonly ExpectedList[];
  /** Every file of the release, as the configuration names it. */
  readonly files: ReleaseFiles;
}

/** HAProxy reads the certificate out before it shows it: as dear as so many bytes of a map. */
const CERTIFICATE_COST = 4_000;

export function filesOf(release: Release, root: string): ReleaseFiles {
  const others = release.filter(({ path }) => path !== CONFIG_PATH);
  return new Map(others.map(({ path, content }) => [`${root}/${path}`, content]));
}

type Entry = LoadedCertificates['binds'][number]['entries'][number];

function listsOf(entries: readonly Entry[]): readonly ExpectedList[] {
  const listed = new Map<string, Map<string, Entry>>();
  for (const entry of entries) {
    if (entry.list === '') continue;
    const lines = listed.get(entry.list) ?? new Map<string, Entry>();
    listed.set(entry.list, lines.set(entry.line, entry));
  }
  return [...listed].map(([file, lines]) => {
    const cost = [...lines.keys()].reduce((sum, line) => sum + line.length, 0);
    return { kind: 'list', file, listed: [...lines.values()], cost };
  });
}

function certificatesOf(uses: ReturnType<typeof findFileUses>, files: ReleaseFiles, root: string) {
  try {
    const loaded = loadCertificates({ uses, root }, files);
    const certificates = [...loaded.files].flatMap((file) => {
      const read = parseCertificate(files.get(file) ?? '');
      if (read.kind === 'unclear' || SPECIAL.test(file)) return [];
      const { certificate } = read;
      return [{ kind: 'certificate', file, certificate, cost: CERTIFICATE_COST } as const];
    });
    const entries = loaded.binds.flatMap((bind) => bind.entries);
    const lists = entries.some(({ file }) => SPECIAL.test(file)) ? [] : listsOf(entries);
    return { certificates, lists };
  } catch (error) {
    // A crt-list that is not understood: what it lists is not known.
    if (error instanceof NeedsReload) return { certificates: [], lists: [] };
    throw error;
  }
}

function readMap(file: string, content: string): readonly ExpectedMap[] {
  const read = parseMapFile(content);
  if (read.kind === 'unclear') return [];
  return [{ kind: 'map', file, entries: read.entries, cost: content.length }];
}

function readAcl(file: string, content: string): readonly ExpectedAcl[] {
  const read = parsePatternFile(content);
  if (read.kind === 'unclear') return [];
  const { patterns, repeated } = read.list;
  const count = repeated.size === 0 ? patterns.size : undefined;
  return [{ kind: 'acl', file, patterns, count, cost: content.length }];
}

/** What HAProxy is to show of these files. Pure. */
export function expectFiles(parsed: Parsed, release: Release, root: string): ExpectedFiles {
  const files = filesOf(release, root);
  const uses = findFileUses(parsed, root);
  // What rules or Lua change themselves is nobody's to bring back.
  const isLeft = (file: string) => !uses.otherwise.has(file) && uses.unseen.length === 0;
  const contents = (names: ReadonlySet<string>) =>
    [...names].sort().flatMap((file) => {
      const content = files.get(file);
      return content !== undefined && isLeft(file) ? [{ file, content }] : [];
    });
  return {
    maps: contents(uses.maps).flatMap(({ file, content }) => readMap(file, content)),
    acls: contents(uses.acls).flatMap(({ file, content }) => readAcl(file, content)),
    ...certificatesOf(uses, files, root),
    files,
  };
}
