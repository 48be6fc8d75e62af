const ASKED = /^[ \t]*load-server-state-from-file[ \t]+global\b/m;
const NAMED = /^[ \t]*server-state-file[ \t]/m;

/** Whether a configuration takes its servers' state from a file, and leaves it to the reloader which. */
export function asksForState(configuration: string): boolean {
  return ASKED.test(configuration) && !NAMED.test(configuration);
}
