import { type Certificate, parseCertificate } from '../config/certificate.ts';
import { type CrtListLine, parseCrtList } from '../config/crt-list.ts';
import type { CertificateSource, FileUses } from '../config/file-use.ts';
import type { Operation } from '../operation.ts';
import { needReload } from './needs-reload.ts';

/** Contents by absolute path, as the configuration names them. */
export type ReleaseFiles = ReadonlyMap<string, string>;

export interface CertificatesChange {
  /** Of the new configuration; the old one's are equal but for `server` lines. */
  readonly uses: FileUses;
  readonly old: ReleaseFiles;
  readonly new: ReleaseFiles;
  /** Absolute path of the release. */
  readonly root: string;
  readonly payloadBytes: number;
}

export interface CertificatesPlan {
  readonly first: readonly Operation[];
  readonly last: readonly Operation[];
  /** Paths whose change is covered by this plan. */
  readonly covered: ReadonlySet<string>;
}

/** Files that stand beside a certificate, and names that HAProxy joins into one: not changed at runtime here. */
export const SPECIAL = /\.(issuer|sctl|ocsp|key|rsa|ecdsa|dsa)$/;

const STAPLE = '.ocsp';

/** An entry of a folder or crt-list, or a certificate that a `bind` or `server` line names itself (list is empty). */
interface Entry extends CrtListLine {
  readonly list: string;
}

/** The files that HAProxy joins where a file is named that is not there: `NAME.ecdsa`, `NAME.rsa`. */
const typesOf = (path: string, files: ReleaseFiles): readonly string[] =>
  ['dsa', 'ecdsa', 'rsa'].map((type) => `${path}.${type}`).filter((file) => files.has(file));

const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));

/** What a source loads of these files, in HAProxy's order; `foreign` where it lies outside of the release. */
function entriesOf(
  source: CertificateSource,
  files: ReleaseFiles,
  root: string,
): readonly Entry[] | 'foreign' {
  const { kind, path } = source;
  if (path !== root && !path.startsWith(`${root}/`)) return 'foreign';
  const content = files.get(path);
  if (kind === 'crt' && content !== undefined)
    return [{ list: '', file: path, line: path, filters: [] }];
  if (kind === 'crt') {
    const inside = [...files.keys()]
      .filter((file) => folderOf(file) === path && !file.endsWith(STAPLE))
      .sort();
    if (inside.length > 0)
      return inside.map((file) => ({ list: path, file, line: file, filters: [] }));
    return typesOf(path, files).map((file) => ({ list: '', file, line: file, filters: [] }));
  }
  const result = parseCrtList(content ?? '');
  if (result.kind === 'unclear') needReload(`crt-list ${path}: ${result.reason}`);
  return result.lines.map((line) => {
    if (!line.file.startsWith('/')) needReload(`crt-list ${path} names a file by a relative path`);
    return { ...line, list: path };
  });
}

/** The certificates that HAProxy has loaded, of those that lie in the release. */
export interface LoadedCertificates {
  /** By `bind` line: entries in order, and whether some of its certificates lie outside of the release. */
  readonly binds: readonly { readonly entries: readonly Entry[]; readonly foreign: boolean }[];
  readonly files: ReadonlySet<string>;
}

/** @throws NeedsReload for a crt-list that is not understood */
export function loadCertificates(
  change: Pick<CertificatesChange, 'uses' | 'root'>,
  files: ReleaseFiles,
): LoadedCertificates {
  const binds = change.uses.binds.map((sources) => {
    const lists = sources.map((source) => entriesOf(source, files, change.root));
    const entries = lists.flatMap((list) => (list === 'foreign' ? [] : list));
    return { entries, foreign: lists.includes('foreign') };
  });
  const named = [...change.uses.clientCertificates].filter((file) => files.has(file));
  return {
    binds,
    files: new Set([...binds.flatMap(({ entries }) => entries.map((e) => e.file)), ...named]),
  };
}

/** The certificates that `bind` lines answer with where no name fits. */
function defaultsOf(change: CertificatesChange, files: ReleaseFiles): string {
  const first = change.uses.defaults.map((source) => {
    const entries = entriesOf(source, files, change.root);
    return entries === 'foreign' ? 'foreign' : (entries[0]?.line ?? '');
  });
  return JSON.stringify(first);
}

function read(file: string, files: ReleaseFiles): Certificate {
  const result = parseCertificate(files.get(file) ?? '');
  if (result.kind === 'unclear') needReload(`certificate ${file}: ${result.reason}`);
  return result.certificate;
}

/** Which of two certificates for one name is served hangs on the order of loading, which runtime changes do not keep. */
function requireOwnNames(
  change: CertificatesChange,
  loaded: LoadedCertificates,
  fresh: ReadonlySet<string>,
): void {
  for (const { entries, foreign } of loaded.binds) {
    if (!entries.some(({ file }) => fresh.has(file))) continue;
    if (foreign) needReload('a bind line also takes certificates from outside of the release');
    const owners = new Map<string, string>();
    for (const { file, filters } of entries)
      for (const name of filters.length > 0 ? filters : read(file, change.new).names) {
        const owner = owners.get(name);
        if (owner !== undefined && owner !== file && (fresh.has(owner) || fresh.has(file)))
          needReload(`certificates ${owner} and ${file} are both for ${name}`);
        owners.set(name, file);
      }
  }
}

/** Files of one certificate with keys of different types that `bind` lines name themselves: each is set for itself. */
function typedFiles({ binds }: LoadedCertificates): ReadonlySet<string> {
  const entries = binds.flatMap((bind) => bind.entries);
  const listed = new Set(entries.filter(({ list }) => list !== '').map(({ file }) => file));
  const own = entries.filter(({ file }) => SPECIAL.test(file) && !listed.has(file));
  return new Set(own.map(({ file }) => file));
}

function requireSameTypes(before: LoadedCertificates, after: LoadedCertificates): void {
  const [old, now] = [before, after].map((loaded) => [...typedFiles(loaded)].sort().join());
  if (old !== now) needReload('a certificate gets or loses a type of keys');
}

interface StaplesPlan {
  readonly operations: readonly Operation[];
  readonly covered: readonly string[];
}

/**
 * Plans the OCSP responses of certificates that stay. Those that come or go with them, or beside another certificate,
 * are not set at runtime: HAProxy reads them with the certificate.
 *
 * @throws NeedsReload
 */
function planStaples(
  { old, new: now, payloadBytes }: CertificatesChange,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): StaplesPlan {
  const operations: Operation[] = [];
  const covered: string[] = [];
  for (const file of [...new Set([...before, ...after])].sort()) {
    const path = `${file}${STAPLE}`;
    const [previous, staple] = [old.get(path), now.get(path)];
    if (previous === undefined && staple === undefined) continue;
    covered.push(path);
    // Gone with its certificate.
    if (!after.has(file)) continue;
    if (old.get(file) !== now.get(file))
      needReload(`certificate ${file}, which has an OCSP response, becomes another one`);
    if (previous === staple) continue;
    if (previous === undefined || staple === undefined)
      needReload(`the OCSP response of certificate ${file} comes or goes`);
    // In lines of 64 characters.
    if (staple.length + Math.ceil(staple.length / 64) > payloadBytes)
      needReload(`the OCSP response of ${file} is larger than HAProxy takes at runtime`);
    operations.push({ kind: 'set-staple', file, staple });
  }
  return { operations, covered };
}

const byLine = (entries: readonly Entry[]) =>
  new Map(entries.filter((e) => e.list !== '').map((e) => [`${e.list}\0${e.line}`, e]));

/**
 * Plans renewed, new and removed certificates, in folders, crt-lists, and on `bind` and `server` lines.
 *
 * @throws NeedsReload where HAProxy cannot take the change while it runs
 */
export function planCertificates(change: CertificatesChange): CertificatesPlan {
  const { old, new: now, uses } = change;
  const [before, after] = [loadCertificates(change, old), loadCertificates(change, now)];
  const lists = uses.binds.flat().filter(({ kind }) => kind === 'crt-list');
  const own = new Set([...before.files, ...after.files, ...lists.map(({ path }) => path)]);
  const staples = planStaples(change, before.files, after.files);
  const covered = new Set([...own, ...staples.covered]);
  const differs = (file: string) => old.get(file) !== now.get(file);
  if (![...covered].some(differs)) return { first: [], last: [], covered };

  requireSameTypes(before, after);
  const joined = typedFiles(after);
  for (const file of own)
    if (differs(file) && SPECIAL.test(file) && !joined.has(file))
      needReload(`${file} belongs to another certificate`);
  if (defaultsOf(change, old) !== defaultsOf(change, now))
    needReload('the certificate that a bind line answers with by default becomes another one');

  const first = [...staples.operations];
  const fresh = new Set<string>();
  for (const file of [...after.files].sort()) {
    if (!now.has(file)) continue;
    const isNew = !before.files.has(file);
    if (!isNew && !differs(file)) continue;
    const certificate = read(file, now);
    if (Buffer.byteLength(certificate.pem) > change.payloadBytes)
      needReload(`certificate ${file} is larger than HAProxy takes at runtime`);
    if (isNew) {
      fresh.add(file);
      first.push({ kind: 'new-certificate', file, certificate });
      continue;
    }
    const previous = read(file, old);
    if (previous.pem === certificate.pem) continue;
    if (previous.names.join() !== certificate.names.join()) fresh.add(file);
    first.push({ kind: 'set-certificate', file, certificate });
  }

  const [oldLines, newLines] = [before, after].map(({ binds }) =>
    byLine(binds.flatMap(({ entries }) => entries)),
  ) as [Map<string, Entry>, Map<string, Entry>];
  const last: Operation[] = [];
  for (const [key, { list, file }] of oldLines)
    if (!newLines.has(key)) last.push({ kind: 'unlist-certificate', list, file });
  for (const [key, { list, file, line }] of newLines) {
    if (oldLines.has(key)) continue;
    if (last.some((o) => o.kind === 'unlist-certificate' && o.list === list && o.file === file))
      needReload(`crt-list ${list}: the line of ${file} changes`);
    fresh.add(file);
    first.push({ kind: 'list-certificate', list, file, line });
  }
  requireOwnNames(change, after, fresh);
  for (const file of [...before.files].sort())
    if (!after.files.has(file)) last.push({ kind: 'delete-certificate', file });
  return { first, last, covered };
}
