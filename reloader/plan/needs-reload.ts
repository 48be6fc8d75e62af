/** Thrown inside the planner when a change cannot be carried out, or not for sure, over the Runtime API. */
export class NeedsReload extends Error {
  override readonly name = 'NeedsReload';
}

/** Ends planning with a reload. `reason` is for people, and holds no values from the configuration but names. */
export function needReload(reason: string): never {
  throw new NeedsReload(reason);
}
