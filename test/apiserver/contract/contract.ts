import { accessContract } from './access.ts';
import { discoveryContract } from './discovery.ts';
import { kindsContract } from './kinds.ts';
import { readingContract } from './reading.ts';
import type { Open } from './subject.ts';
import { writingContract } from './writing.ts';

/** What the product builds on, of an API server: held by the real one, and by the double that most tests run against. */
export function contract(what: string, open: Open): void {
  readingContract(what, open);
  writingContract(what, open);
  kindsContract(what, open);
  discoveryContract(what, open);
  accessContract(what, open);
}
