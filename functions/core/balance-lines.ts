/** What `balance` means to a proxy as far as its section and the `defaults` that it takes from say it. */
interface Section {
  readonly kind: string;
  readonly name: string;
  /** The `defaults` section that it takes from. */
  readonly base: Section | undefined;
  isBalanced: boolean;
  hasServers: boolean;
}

const PROXIES = new Set(['backend', 'listen']);
/** Where a proxy ends. Source: HAProxy configuration manual, 3, 4 and 12. */
const SECTIONS = new Set(
  (
    'global defaults frontend backend listen peers resolvers mailers userlist cache program http-errors ring ' +
    'log-forward fcgi-app crt-store traces log-profile acme healthcheck'
  ).split(' '),
);

const wordsOf = (line: string) =>
  line
    .replace(/(^|\s)#.*$/, '')
    .trim()
    .split(/\s+/);

/** Whether a section says how it balances, or one that it takes from does. */
const isBalanced = (section: Section | undefined): boolean =>
  section !== undefined && (section.isBalanced || isBalanced(section.base));

function openSection(words: readonly string[], known: readonly Section[]): Section {
  const [kind = '', second = ''] = words;
  const from = words.indexOf('from');
  const defaults = known.filter((section) => section.kind === 'defaults');
  const base =
    from > 0
      ? defaults.find(({ name }) => name === words[from + 1])
      : kind === 'defaults'
        ? undefined
        : defaults.at(-1);
  const name = second === 'from' && kind === 'defaults' ? '' : second;
  return { kind, name, base, isBalanced: false, hasServers: false };
}

/**
 * The proxies of a configuration that have servers and no `balance` line, neither their own nor of their defaults: up to
 * HAProxy 3.2 they balance by `roundrobin`, from 3.3 on at `random` (configuration manual, 4.2 `balance`).
 */
export function findUnbalanced(config: string): readonly string[] {
  const sections: Section[] = [];
  for (const line of config.split('\n')) {
    const words = wordsOf(line);
    const [first = ''] = words;
    const current = sections.at(-1);
    if (SECTIONS.has(first)) sections.push(openSection(words, sections));
    else if (current === undefined) continue;
    else if (first === 'balance') current.isBalanced = true;
    else if (first === 'server' || first === 'server-template') current.hasServers = true;
  }
  return sections
    .filter((section) => PROXIES.has(section.kind) && section.hasServers && !isBalanced(section))
    .map(({ name }) => name)
    .sort();
}
