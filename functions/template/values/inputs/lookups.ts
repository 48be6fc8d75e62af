import type { Inputs } from './inputs.ts';

/** What was looked up in the inputs of a render. */
export interface Lookup {
  /** Whether these inputs give the same. */
  isSame(inputs: Inputs): boolean;
}

/** What the round that is being rendered has looked up; renders run one after another. */
let current: Lookup[] | undefined;

export function noteLookup(lookup: Lookup): void {
  current?.push(lookup);
}

/** A round and those around it: what is looked up in it is theirs, too. */
export class LookupRecord {
  readonly lookups: Lookup[] = [];
  private readonly outer = current;

  constructor() {
    current = this.lookups;
  }

  end(): readonly Lookup[] {
    current = this.outer;
    for (const lookup of this.lookups) noteLookup(lookup);
    return this.lookups;
  }
}

/** A render begins: what one that failed has left is nobody's. */
export function forgetLookups(): void {
  current = undefined;
}
