import type { ConfigLine } from '../config/line.ts';
import type { Configuration, Section } from '../config/configuration.ts';
import { type Parsed, PROXIES, type ProxySection } from '../config/proxy.ts';
import { betweenSameEnds } from '../config/same-ends.ts';
import { needReload } from './needs-reload.ts';

const title = ({ kind, name }: Section) => (name === '' ? kind : `${kind} ${name}`);
const text = (line: ConfigLine) => line.raw.join(' ');

const BY_MAP = 'a map changes without a reload: use_backend %[req.hdr(host),lower,map(FILE)]';

/** Names the place of the first difference, never the values: they may be secrets. */
function requireSameLines(
  where: Section,
  old: readonly ConfigLine[],
  now: readonly ConfigLine[],
): void {
  for (let i = 0; i < Math.max(old.length, now.length); i += 1) {
    const [a, b] = [old[i], now[i]];
    if (a !== undefined && b !== undefined && (a.raw === b.raw || text(a) === text(b))) continue;
    const line = b ?? a;
    const word = line?.words[0] ?? '';
    needReload(
      `${title(where)} differs: ${word} (line ${line?.number}${b === undefined ? ' before' : ''})`,
      word === 'use_backend' || word === 'acl' ? BY_MAP : '',
    );
  }
}

function requireSameSection(
  old: Section,
  now: Section,
  ...lines: [readonly ConfigLine[], readonly ConfigLine[]]
) {
  if (text(old.header) !== text(now.header)) needReload(`${title(now)} differs in its first line`);
  requireSameLines(now, ...lines);
}

const withoutServerDefaults = (section: Section) =>
  section.kind === 'defaults'
    ? section.lines.filter((line) => line.words[0] !== 'default-server')
    : section.lines;

/** Sections that are no proxies: the same ones, in the same order, with the same lines. */
function requireSameOthers(old: Configuration, now: Configuration): void {
  const [before = [], after = []] = betweenSameEnds(old.notable, now.notable).map((sections) =>
    sections.filter(({ kind }) => !PROXIES.has(kind)),
  );
  after.forEach((section, i) => {
    const other = before[i];
    if (other === undefined || other.key !== section.key)
      needReload(`${title(section)} is new, or has moved`);
    requireSameSection(
      other,
      section,
      withoutServerDefaults(other),
      withoutServerDefaults(section),
    );
  });
  const gone = before[after.length];
  if (gone !== undefined) needReload(`${title(gone)} is gone`);
}

/** Which `defaults` a proxy takes from, by their place among all of them. */
function chains({ notable }: Configuration): (proxy: ProxySection) => string {
  const places = new Map<Section, number>();
  for (const section of notable) if (section.kind === 'defaults') places.set(section, places.size);
  // Proxies share few lists.
  const known = new Map<readonly Section[], string>();
  return ({ defaults }) => {
    const chain = known.get(defaults) ?? defaults.map((section) => places.get(section)).join();
    known.set(defaults, chain);
    return chain;
  };
}

/** The order of frontends and listens is that of the file; backends have none among themselves. */
function requireSameOrder(old: Parsed, now: Parsed): void {
  const [before, after] = betweenSameEnds(old.notable, now.notable).map((sections) =>
    sections.filter(({ kind }) => PROXIES.has(kind) && kind !== 'backend').map(({ key }) => key),
  );
  if (before?.join('\n') !== after?.join('\n')) needReload('the frontends come in another order');
}

/** Configurations no two of whose proxies have one name. */
const distinct = new WeakSet<Parsed>();

const keysOf = (proxies: readonly ProxySection[]) => proxies.map(({ section }) => section.key);

function requireDistinct({ proxies }: Parsed): void {
  const seen = new Set<string>();
  for (const { section } of proxies) {
    if (seen.has(section.key)) needReload(`${title(section)} appears twice`);
    seen.add(section.key);
  }
}

/** @param changed the proxies of both in which they are not the same */
function requireBothDistinct(
  old: Parsed,
  now: Parsed,
  changed: readonly [readonly ProxySection[], readonly ProxySection[]],
): void {
  if (!distinct.has(old)) requireDistinct(old);
  distinct.add(old);
  const [before, after] = changed;
  const keys = new Set(keysOf(before));
  // Each name of before once at most: then none of them is one of the others'.
  const isCovered = after.every(({ section }) => keys.delete(section.key));
  if (!isCovered) requireDistinct(now);
  distinct.add(now);
}

/** The proxies of two configurations that differ in nothing but servers and whole backends. */
export interface Paired {
  /** Those in both that are not known to be the same, whose servers might differ. */
  readonly pairs: readonly (readonly [old: ProxySection, now: ProxySection])[];
  readonly added: readonly ProxySection[];
  readonly gone: readonly ProxySection[];
}

/** Frontends and listens come and go with a start only. */
function requireBackend({ section }: ProxySection, way: string): void {
  if (section.kind !== 'backend') needReload(`${title(section)} ${way}`);
}

function requireSameProxy(old: ProxySection, now: ProxySection): void {
  const { section } = now;
  if (old.section.text === section.text) return;
  requireSameSection(old.section, section, old.settings, now.settings);
  if (old.templates.join('\n') !== now.templates.join('\n'))
    needReload(`${title(section)}: server-template differs`);
}

/**
 * Compares two configurations but for servers and whole backends: whatever else differs is a reload.
 *
 * @throws NeedsReload naming the section and the line that differ
 */
export function pairProxies(old: Parsed, now: Parsed): Paired {
  for (const { obscure } of [old, now]) {
    const [first] = obscure;
    if (first !== undefined) needReload(`line ${first.line}: ${first.reason}`);
  }
  requireSameOthers(old, now);
  const changed = betweenSameEnds(old.proxies, now.proxies);
  requireBothDistinct(old, now, changed);
  const before = new Map(changed[0].map((proxy) => [proxy.section.key, proxy]));
  const [oldChain, newChain] = [chains(old), chains(now)];
  const pairs: (readonly [ProxySection, ProxySection])[] = [];
  const added: ProxySection[] = [];
  for (const proxy of changed[1]) {
    const { section } = proxy;
    const other = before.get(section.key);
    before.delete(section.key);
    if (other === undefined) {
      requireBackend(proxy, 'is new');
      added.push(proxy);
      continue;
    }
    if (oldChain(other) !== newChain(proxy))
      needReload(
        `${title(section)} takes from other defaults`,
        'add a backend under another name, and let a map lead there',
      );
    requireSameProxy(other, proxy);
    pairs.push([other, proxy]);
  }
  const gone = [...before.values()];
  for (const proxy of gone) requireBackend(proxy, 'is gone');
  requireSameOrder(old, now);
  return { pairs, added, gone };
}
