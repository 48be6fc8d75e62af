import type { Variant } from '../publish/publication.ts';
import { readPath } from './paths.ts';
import { Problem } from './problem.ts';

/** What pollers may choose, and what holds where they do not. */
export interface VariantRules {
  readonly sslDir: string;
  readonly filesDir: string;
  /** Names of the parameters that reach the template as `params`. */
  readonly params: readonly string[];
}

// What may stand in a configuration or a map unquoted: a parameter can add no line, word or quote to either.
const VALUE = /^[A-Za-z0-9_.:@/+=,~-]{0,128}$/;

const bad = (name: string, why: string) =>
  new Problem({ code: 'bad-parameter', detail: `${name}: ${why}` });

function refuseStrangers(query: URLSearchParams, known: ReadonlySet<string>): void {
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!known.has(name))
      throw new Problem({
        code: 'unknown-parameter',
        detail: `the parameter ${JSON.stringify(name.slice(0, 40))} is not allowed here; allowed are ${[...known].sort().join(', ')}`,
      });
    if (seen.has(name)) throw bad(name, 'given more than once');
    seen.add(name);
  }
}

function readFolder(query: URLSearchParams, name: 'ssldir' | 'filesdir', fallback: string): string {
  const given = query.get(name);
  if (given === null) return fallback;
  try {
    return readPath(given);
  } catch (error) {
    throw bad(name, (error as Error).message);
  }
}

/**
 * Reads which variant of the configuration a query asks for.
 *
 * @param others names that the query may have besides
 * @throws Problem `unknown-parameter` or `bad-parameter`
 */
export function readVariant(
  query: URLSearchParams,
  rules: VariantRules & { readonly others?: readonly string[] },
): Variant {
  const names = [...rules.params].sort();
  refuseStrangers(query, new Set(['ssldir', 'filesdir', ...names, ...(rules.others ?? [])]));
  const params: Record<string, string> = {};
  for (const name of names) {
    const value = query.get(name);
    if (value === null) continue;
    if (!VALUE.test(value))
      throw bad(name, 'expected at most 128 letters, digits and _.:@/+=,~- characters');
    params[name] = value;
  }
  return {
    sslDir: readFolder(query, 'ssldir', rules.sslDir),
    filesDir: readFolder(query, 'filesdir', rules.filesDir),
    params,
  };
}

/** The proxies that roll out together: all with the same parameters. `zone=a`; empty without any. */
export function formatFleet({ params }: Variant): string {
  const names = Object.keys(params).sort();
  return names.map((name) => `${name}=${params[name]}`).join('&');
}

/** A variant as one text, for comparing and for people: `ssldir=/a&filesdir=/b&zone=x`. */
export function formatVariant({ sslDir, filesDir, params }: Variant): string {
  const values = Object.keys(params)
    .sort()
    .map((name) => `&${name}=${params[name]}`);
  return `ssldir=${sslDir}&filesdir=${filesDir}${values.join('')}`;
}
