import { createHash } from 'node:crypto';

const PLACES = 2 ** 48;
/** A candidate and the one before; of each, the proxies of a large fleet. */
const MOST = { revisions: 2, names: 20_000 };

/** By revision and name: each poll asks for its proxy's several times. */
const known = new Map<string, Map<string, number>>();

function reckon(name: string, hash: string): number {
  const digest = createHash('sha256').update(`${hash} ${name}`).digest();
  return digest.readUIntBE(0, 6) / PLACES;
}

function placesOf(hash: string): Map<string, number> {
  const there = known.get(hash);
  if (there) return there;
  const [oldest] = known.keys();
  if (oldest !== undefined && known.size >= MOST.revisions) known.delete(oldest);
  const places = new Map<string, number>();
  known.set(hash, places);
  return places;
}

/** Where a proxy stands in the line for a revision, from 0 to 1: another place for each revision. */
export function placeOf(name: string, hash: string): number {
  const places = placesOf(hash);
  const there = places.get(name);
  if (there !== undefined) return there;
  if (places.size >= MOST.names) places.clear();
  const place = reckon(name, hash);
  places.set(name, place);
  return place;
}
