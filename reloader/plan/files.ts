import type { FileUses } from '../config/file-use.ts';
import { type MapEntry, parseMapFile } from '../config/map-file.ts';
import { parsePatternFile } from '../config/pattern-file.ts';
import type { Operation } from '../operation.ts';
import { findAclChange, isDoneInPlace } from './acl-change.ts';
import {
  type CertificatesChange,
  type CertificatesPlan,
  planCertificates,
} from './certificates.ts';
import { findMapChange } from './map-change.ts';
import { needReload } from './needs-reload.ts';

export type FilesChange = CertificatesChange;
export interface FilesPlan extends Pick<CertificatesPlan, 'first' | 'last'> {
  /** Maps, and lists of ACLs. */
  readonly lists: readonly Operation[];
}

function ancestors(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/')).slice(1);
}

/** A use that only a start can renew, or that cannot be told; otherwise the file is not used at all. */
function requireUnused(path: string, uses: FileUses, isList: boolean): void {
  const used = ancestors(path).find((part) => uses.otherwise.has(part));
  if (used !== undefined)
    needReload(`${path} changed, and ${uses.otherwise.get(used)} reads it when HAProxy starts`);
  if (isList) return;
  const [unseen] = uses.unseen;
  if (unseen !== undefined) needReload(`${path} changed, and may be in use by ${unseen}`);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const word = uses.words.find((entry) => entry.word.includes(name));
  if (word !== undefined)
    needReload(`${path} changed, and line ${word.line} names it in a way that is not understood`);
}

const isSame = (old: readonly MapEntry[], now: readonly MapEntry[]): boolean =>
  old.length === now.length &&
  old.every(({ key, value }, i) => key === now[i]?.key && value === now[i]?.value);

function planMap(path: string, change: FilesChange): readonly Operation[] {
  const [old, now] = [change.old.get(path), change.new.get(path)];
  if (old === undefined || now === undefined) needReload(`map ${path} comes or goes`);
  const [before, after] = [parseMapFile(old), parseMapFile(now)];
  if (after.kind === 'unclear') needReload(`map ${path}: ${after.reason}`);
  if (before.kind === 'entries' && isSame(before.entries, after.entries)) return [];
  const { entries } = after;
  const byOrder = change.uses.orderedMaps.has(path);
  const small =
    before.kind === 'entries' ? findMapChange(before.entries, entries, byOrder) : undefined;
  if (small === undefined) return [{ kind: 'replace-map', file: path, entries }];
  return [{ kind: 'change-map', file: path, change: small, entries }];
}

function planAcl(path: string, change: FilesChange): readonly Operation[] {
  const [old, now] = [change.old.get(path), change.new.get(path)];
  if (old === undefined || now === undefined) needReload(`list ${path} comes or goes`);
  const [before, after] = [parsePatternFile(old), parsePatternFile(now)];
  if (after.kind === 'unclear') needReload(`list ${path}: ${after.reason}`);
  const { patterns } = after.list;
  const whole: Operation = { kind: 'replace-acl', file: path, patterns };
  if (before.kind === 'unclear') return [whole];
  const small = findAclChange(before.list, after.list);
  if (small.added.length + small.removed.length === 0) return [];
  return isDoneInPlace(small, before.list, after.list)
    ? [{ kind: 'change-acl', file: path, change: small, patterns }]
    : [whole];
}

/**
 * Plans the change of every file but the configuration: certificates, maps and lists of ACLs as operations, files
 * that nothing uses as nothing.
 *
 * @throws NeedsReload for a file that HAProxy reads only when it starts, or that it may use in a way not seen
 */
export function planFiles(change: FilesChange): FilesPlan {
  const { uses, old, new: now } = change;
  const changed = [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .sort();
  if (changed.length === 0) return { first: [], lists: [], last: [] };
  const certificates = planCertificates(change);
  const lists: Operation[] = [];
  for (const path of changed) {
    const [isMap, isAcl] = [uses.maps.has(path), uses.acls.has(path)];
    const isCertificate = certificates.covered.has(path);
    const count = [isMap, isAcl, isCertificate].filter(Boolean).length;
    if (count > 1) needReload(`${path} is more than one of certificate, map and list of an ACL`);
    if (!isCertificate) requireUnused(path, uses, isMap || isAcl);
    else if (ancestors(path).some((part) => uses.otherwise.has(part)))
      needReload(`${path} changed, and is used as more than a certificate`);
    if (isMap) lists.push(...planMap(path, change));
    if (isAcl) lists.push(...planAcl(path, change));
  }
  return { first: certificates.first, lists, last: certificates.last };
}
