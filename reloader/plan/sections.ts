import type { ConfigLine } from '../config/line.ts';
import {
  type Configuration,
  type LineNumber,
  lineNumberIn,
  notableSections,
  type Section,
} from '../config/configuration.ts';
import { type Parsed, PROXIES, type ProxySection } from '../config/proxy.ts';
import { betweenSameEnds } from '../config/same-ends.ts';
import { needReload } from './needs-reload.ts';

const title = ({ kind, name }: Section) => (name === '' ? kind : `${kind} ${name}`);
const text = (line: ConfigLine) => line.raw.join(' ');

const BY_MAP = 'a map changes without a reload: use_backend %[req.hdr(host),lower,map(FILE)]';

/** A section, and those of its lines that count. */
interface Part {
  readonly section: Section;
  readonly lines: readonly ConfigLine[];
}

/** Names the place of the first difference, never the values: they may be secrets. */
function requireSameLines(old: Part, now: Part, lineNumber: LineNumber): void {
  for (let i = 0; i < Math.max(old.lines.length, now.lines.length); i += 1) {
    const [a, b] = [old.lines[i], now.lines[i]];
    if (a !== undefined && b !== undefined && (a.raw === b.raw || text(a) === text(b))) continue;
    const word = (b ?? a)?.words[0] ?? '';
    const line = b ? lineNumber(now.section, b) : a && `${lineNumber(old.section, a)} before`;
    needReload(
      `${title(now.section)} differs: ${word} (line ${line})`,
      word === 'use_backend' || word === 'acl' ? BY_MAP : '',
    );
  }
}

function requireSameSection(old: Part, now: Part, lineNumber: LineNumber): void {
  if (text(old.section.header) !== text(now.section.header))
    needReload(`${title(now.section)} differs in its first line`);
  requireSameLines(old, now, lineNumber);
}

const withoutServerDefaults = (section: Section): Part => ({
  section,
  lines:
    section.kind === 'defaults'
      ? section.lines.filter((line) => line.words[0] !== 'default-server')
      : section.lines,
});

/** What may differ of what is not a backend of plain servers. */
const notableBetween = (old: Configuration, now: Configuration) =>
  betweenSameEnds(notableSections(old), notableSections(now));

/** Sections that are no proxies: the same ones, in the same order, with the same lines. */
function requireSameOthers(old: Configuration, now: Configuration, lineNumber: LineNumber): void {
  const [before = [], after = []] = notableBetween(old, now).map((sections) =>
    sections.filter(({ kind }) => !PROXIES.has(kind)),
  );
  after.forEach((section, i) => {
    const other = before[i];
    if (other === undefined || other.key !== section.key)
      needReload(`${title(section)} is new, or has moved`);
    requireSameSection(withoutServerDefaults(other), withoutServerDefaults(section), lineNumber);
  });
  const gone = before[after.length];
  if (gone !== undefined) needReload(`${title(gone)} is gone`);
}

/** Which `defaults` a proxy takes from, by their place among all of them. */
function chains(configuration: Configuration): (proxy: ProxySection) => string {
  const places = new Map<Section, number>();
  for (const section of notableSections(configuration))
    if (section.kind === 'defaults') places.set(section, places.size);
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
  const [before, after] = notableBetween(old, now).map((sections) =>
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

const settingsOf = ({ section, settings }: ProxySection): Part => ({ section, lines: settings });

function requireSameProxy(old: ProxySection, now: ProxySection, lineNumber: LineNumber): void {
  const { section } = now;
  if (old.section.text === section.text) return;
  requireSameSection(settingsOf(old), settingsOf(now), lineNumber);
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
  const lineNumber = lineNumberIn(now, old);
  requireSameOthers(old, now, lineNumber);
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
    requireSameProxy(other, proxy, lineNumber);
    pairs.push([other, proxy]);
  }
  const gone = [...before.values()];
  for (const proxy of gone) requireBackend(proxy, 'is gone');
  requireSameOrder(old, now);
  return { pairs, added, gone };
}
