import { hasPatterns } from '../runtime/acls.ts';
import { hasCertificate, readCertificateFiles, readListed } from '../runtime/certificates.ts';
import { hasEntries } from '../runtime/maps.ts';
import type { Session } from '../runtime/session.ts';
import { countEntries } from '../runtime/version.ts';
import type { FileDifference } from './difference.ts';
import type {
  ExpectedAcl,
  ExpectedCertificate,
  ExpectedFiles,
  ExpectedList,
  ExpectedMap,
} from './expected-files.ts';
import type { Round } from './round.ts';

const differ = (
  code: FileDifference['code'],
  file: string,
  what: string,
  list = '',
): FileDifference => ({ code, file, list, what });

export interface FilesSeen {
  readonly expected: ExpectedFiles;
  readonly root: string;
  readonly round: Round;
}

async function compareEntries(session: Session, each: ExpectedMap | ExpectedAcl) {
  const { kind, file } = each;
  const isSame = await (kind === 'map'
    ? hasEntries(session, file, each.entries)
    : hasPatterns(session, file, each.patterns));
  return isSame ? [] : [differ(`${kind}-differs`, file, 'has other entries')];
}

async function compareCertificate(session: Session, { file, certificate }: ExpectedCertificate) {
  const isSame = await hasCertificate(session, file, certificate);
  return isSame ? [] : [differ('certificate-differs', file, 'is another certificate')];
}

async function compareList(session: Session, { file: list, listed }: ExpectedList) {
  const shown = new Set(await readListed(session, list));
  const wanted = new Set(listed.map(({ file }) => file));
  const missing = [...wanted].filter((file) => !shown.has(file));
  const extra = [...shown].filter((file) => !wanted.has(file));
  return [
    ...missing.map((file) => differ('certificate-unlisted', file, `is not in ${list}`, list)),
    ...extra.map((file) => differ('certificate-listed', file, `is in ${list}`, list)),
  ];
}

interface Names {
  readonly missing: readonly FileDifference[];
  readonly extra: readonly FileDifference[];
}

/** Which certificates are loaded: a list of names, cheap however many they are. */
async function compareNames(session: Session, seen: FilesSeen): Promise<Names> {
  const { certificates, files } = seen.expected;
  if (certificates.length === 0) return { missing: [], extra: [] };
  const loaded = new Set(await readCertificateFiles(session));
  const missing = certificates.filter(({ file }) => !loaded.has(file));
  const extra = [...loaded].filter((file) => file.startsWith(`${seen.root}/`) && !files.has(file));
  return {
    missing: missing.map(({ file }) => differ('certificate-missing', file, 'is not loaded')),
    extra: extra.map((file) => differ('certificate-extra', file, 'is in no release')),
  };
}

/** Maps and lists with another number of entries, which is cheap to see however many there are. */
async function compareCounts(session: Session, { expected }: FilesSeen) {
  const { maps, acls } = expected;
  const none = new Map<string, number>();
  const ofMaps = maps.length === 0 ? none : await countEntries(session, 'map');
  const ofAcls = acls.length === 0 ? none : await countEntries(session, 'acl');
  // A version that somebody prepares counts, too: the content tells.
  const odd = [
    ...maps.filter(({ file, entries }) => (ofMaps.get(file) ?? 0) !== entries.length),
    ...acls.filter(({ file, count = ofAcls.get(file) ?? 0 }) => (ofAcls.get(file) ?? 0) !== count),
  ];
  const found: FileDifference[] = [];
  for (const each of odd) found.push(...(await compareEntries(session, each)));
  return { odd: new Set(odd.map(({ file }) => file)), found };
}

type Expected = ExpectedMap | ExpectedAcl | ExpectedCertificate | ExpectedList;

function compareContent(session: Session, each: Expected): Promise<readonly FileDifference[]> {
  if (each.kind === 'list') return compareList(session, each);
  return each.kind === 'certificate'
    ? compareCertificate(session, each)
    : compareEntries(session, each);
}

/**
 * Compares maps, lists of ACLs and certificates: all of them by name and count, and by content as many as a round
 * allows. In the order in which the differences are to be mended.
 */
export async function compareFiles(
  session: Session,
  seen: FilesSeen,
): Promise<readonly FileDifference[]> {
  const { maps, acls, certificates, lists } = seen.expected;
  const { odd, found } = await compareCounts(session, seen);
  const { missing, extra } = await compareNames(session, seen);
  const lacking = new Set(missing.map(({ file }) => file));
  const loaded = certificates.filter(({ file }) => !lacking.has(file));
  const affordable = seen.round.take([...maps, ...acls, ...lists, ...loaded]);
  // One that is listed still cannot be deleted.
  const looked = new Set<Expected>([...affordable, ...(extra.length === 0 ? [] : lists)]);
  for (const each of looked)
    if (!odd.has(each.file)) found.push(...(await compareContent(session, each)));
  // One that is missing is in no list, and comes into all of them.
  const others = found.filter(
    ({ code, file }) => code !== 'certificate-unlisted' || !lacking.has(file),
  );
  return [...others, ...missing, ...extra];
}
