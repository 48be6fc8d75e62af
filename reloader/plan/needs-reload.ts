/** Thrown inside the planner when a change cannot be carried out, or not for sure, over the Runtime API. */
export class NeedsReload extends Error {
  override readonly name = 'NeedsReload';
  /** What to write otherwise so that such a change needs none; empty where nothing is known. */
  readonly hint: string;
  constructor(reason: string, hint: string) {
    super(reason);
    this.hint = hint;
  }
}

/** Ends planning with a reload. `reason` is for people, and holds no values from the configuration but names. */
export function needReload(reason: string, hint = ''): never {
  throw new NeedsReload(reason, hint);
}
