/** A section of haproxy.cfg that proxies are made of: `defaults`, `frontend`, `backend`, `listen`, or another one. */
export interface SectionHead {
  readonly kind: string;
  readonly name: string;
}

/** Where a section ends: at the next of these. Source: HAProxy configuration manual, 3, 4 and 12. */
const SECTIONS = new Set(
  (
    'global defaults frontend backend listen peers resolvers mailers userlist cache program http-errors ring ' +
    'log-forward fcgi-app crt-store traces log-profile acme healthcheck'
  ).split(' '),
);

/** Whether a line that begins with this word begins a section. */
export const beginsSection = (word: string): boolean => SECTIONS.has(word);

/** The head of the section that a line begins. */
export function headOf(words: readonly string[]): SectionHead {
  const [kind = '', second = ''] = words;
  return { kind, name: second === 'from' && kind === 'defaults' ? '' : second };
}

/**
 * The `defaults` section that a new section takes from: the one that it names after `from`, else the latest above it.
 *
 * @param defaults those above it
 */
export function baseOf<S extends SectionHead>(
  words: readonly string[],
  defaults: readonly S[],
): S | undefined {
  const from = words.indexOf('from');
  if (from > 0) return defaults.find(({ name }) => name === words[from + 1]);
  return words[0] === 'defaults' ? undefined : defaults.at(-1);
}
