import type { Known } from '../publish/publication.ts';
import { Problem } from './problem.ts';

// RFC 9110, section 8.8.3: visible characters but the double quote, and bytes above ASCII.
const ENTRY = /[ \t]*(?:(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)/y;

/**
 * Reads If-None-Match (RFC 9110, section 13.1.2). Weak tags count like strong ones, as that section says: proxies that
 * compress weaken ours on the way.
 *
 * @returns the tags without their quotes
 * @throws Problem `bad-if-none-match`: to ignore a malformed tag would let its poller spin
 */
export function readIfNoneMatch(header: string | undefined): Known {
  if (header === undefined) return { kind: 'none' };
  if (header.trim() === '*') return { kind: 'any' };
  const etags: string[] = [];
  for (let offset = 0; offset < header.length; offset = ENTRY.lastIndex) {
    ENTRY.lastIndex = offset;
    const entry = ENTRY.exec(header);
    if (entry === null)
      throw new Problem({
        code: 'bad-if-none-match',
        detail: `no entity tag starts at character ${offset + 1} of If-None-Match`,
      });
    if (entry[1] !== undefined) etags.push(entry[1]);
  }
  return etags.length === 0 ? { kind: 'none' } : { kind: 'these', etags };
}
