import { findAclFiles } from './acl-use.ts';
import type { ConfigLine } from './line.ts';
import type { Configuration, Section } from './configuration.ts';

/** Where a `bind` line takes certificates from. Paths are absolute, without a slash at the end. */
export interface CertificateSource {
  readonly kind: 'crt' | 'crt-list';
  readonly path: string;
}

/** What a configuration does with the files of its release, by absolute path. */
export interface FileUses {
  readonly maps: ReadonlySet<string>;
  /** Those of the maps in which the order of entries may decide which of them answers. */
  readonly orderedMaps: ReadonlySet<string>;
  /** Files of patterns that ACLs read; with `-M` they are maps. */
  readonly acls: ReadonlySet<string>;
  /** Files that `server` lines take as their certificate. */
  readonly clientCertificates: ReadonlySet<string>;
  /** For each `bind` line with certificates, its sources in order. */
  readonly binds: readonly (readonly CertificateSource[])[];
  /** For each of them whose first certificate answers where no name fits, its first source: not under `strict-sni`. */
  readonly defaults: readonly CertificateSource[];
  /** Files and folders that are used in another way, with the place. */
  readonly otherwise: ReadonlyMap<string, string>;
  /** Why files might be used without being named; empty when every use shows. */
  readonly unseen: readonly string[];
  /** Every word that names some path, whole or in part. */
  readonly words: readonly { readonly word: string; readonly line: number }[];
}

const MAP = /^map(?:_[a-z]+)*$/;
/** Looked up in a tree: by the whole key, or by the longest that a value begins with. All others are lists. */
const TREE_MAP = /^map(?:_str|_beg)?(?:_(?:str|int|ip))?$/;
/** What can follow a path in a word: the end, or a delimiter of a fetch's or a format's arguments. */
const PATH_END = /[\s,()'"\]{}|]/;

const trimSlash = (path: string) => path.replace(/(?<=.)\/+$/, '');

interface Collected {
  readonly root: string;
  readonly base: string;
  readonly maps: Set<string>;
  readonly orderedMaps: Set<string>;
  readonly acls: Set<string>;
  readonly clientCertificates: Set<string>;
  readonly binds: CertificateSource[][];
  readonly defaults: CertificateSource[];
  readonly otherwise: Map<string, string>;
  readonly unseen: string[];
  readonly words: { word: string; line: number }[];
}

const ABSOLUTE = /^\/[^$"'\\]*$/;
const resolve = (word: string, base: string) =>
  word.startsWith('/') || base === '' ? word : `${base}/${word}`;

/** HAProxy configuration manual, 3.1 `crt-base`: the folder of certificates that are named without a slash in front. */
function crtBase({ sections }: Configuration): string {
  const lines = sections.flatMap((s) => (s.kind === 'global' ? s.lines : []));
  return lines.findLast((line) => line.words[0] === 'crt-base')?.words[1] ?? '';
}

function collectBind(line: ConfigLine, number: number, found: Collected): ReadonlySet<number> {
  const understood = new Set<number>();
  const sources: CertificateSource[] = [];
  line.words.forEach((word, i) => {
    const kind = line.words[i - 1];
    if (kind === 'default-crt') found.unseen.push(`default-crt on line ${number}`);
    if (kind !== 'crt' && kind !== 'crt-list') return;
    understood.add(i);
    const path = resolve(word, found.base);
    if (!ABSOLUTE.test(path))
      found.unseen.push(`${kind} on line ${number} is not an absolute path`);
    sources.push({ kind, path: trimSlash(path) });
  });
  const [first] = sources;
  if (first === undefined) return understood;
  found.binds.push(sources);
  const isStrict = line.words.includes('strict-sni') && !line.words.includes('no-strict-sni');
  if (!isStrict) found.defaults.push(first);
  return understood;
}

function collectAcls(line: ConfigLine, found: Collected): ReadonlySet<number> {
  const files = findAclFiles(line).filter(({ path }) => path.startsWith(`${found.root}/`));
  for (const { path, asMap } of files) (asMap ? found.maps : found.acls).add(path);
  return new Set(files.map(({ at }) => at));
}

/** Every place in a word at which a path under the root stands, as a map or otherwise. */
function collectPaths(word: string, line: number, found: Collected): void {
  for (let at = word.indexOf(found.root); at !== -1; at = word.indexOf(found.root, at + 1)) {
    const rest = word.slice(at);
    const length = rest.search(PATH_END);
    const path = trimSlash(length === -1 ? rest : rest.slice(0, length));
    if (path !== found.root && !path.startsWith(`${found.root}/`)) continue;
    const opening = /([a-z_-]+)\($/.exec(word.slice(0, at))?.[1] ?? '';
    const isMap = MAP.test(opening) && (rest[length] === ',' || rest[length] === ')');
    if (isMap) found.maps.add(path);
    if (isMap && !TREE_MAP.test(opening)) found.orderedMaps.add(path);
    if (!isMap) found.otherwise.set(path, `line ${line}`);
  }
}

function collectLine(line: ConfigLine, number: number, found: Collected): void {
  const [keyword = ''] = line.words;
  if (keyword.startsWith('lua-')) found.unseen.push(`${keyword} on line ${number}`);
  if (keyword === 'crt-base') return;
  if (keyword === 'default-path' && line.words[1] !== 'current')
    found.unseen.push(`default-path on line ${number}`);
  if (keyword === 'filter' && line.words[1] === 'spoe')
    found.unseen.push(`the file of filter spoe on line ${number}`);
  const understood =
    keyword === 'bind' ? collectBind(line, number, found) : collectAcls(line, found);
  const ofServer = /^(default-)?server(-template)?$/.test(keyword);
  line.words.forEach((word, i) => {
    if (understood.has(i)) return;
    if (ofServer && line.words[i - 1] === 'crt') {
      found.clientCertificates.add(resolve(word, found.base));
      return;
    }
    if (i > 0 && !ofServer) found.words.push({ word, line: number });
    collectPaths(word, number, found);
  });
}

/**
 * Finds what a configuration does with the files under `root`.
 *
 * @param root the folder of the release as the configuration names it, absolute, without a slash at the end
 */
export function findFileUses(configuration: Configuration, root: string): FileUses {
  const found: Collected = {
    root,
    base: crtBase(configuration),
    maps: new Set(),
    orderedMaps: new Set(),
    acls: new Set(),
    clientCertificates: new Set(),
    binds: [],
    defaults: [],
    otherwise: new Map(),
    unseen: [],
    words: [],
  };
  const { notable, sections, starts } = configuration;
  for (const i of notable) {
    const { lines, isPlain } = sections[i] as Section;
    const start = starts[i] as number;
    if (!isPlain) for (const line of lines) collectLine(line, start + line.offset, found);
  }
  return found;
}
