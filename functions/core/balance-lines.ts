import { baseOf, beginsSection, headOf, type SectionHead } from './proxy-sections.ts';

/** What `balance` means to a proxy as far as its section and the `defaults` that it takes from say it. */
interface Section extends SectionHead {
  /** The `defaults` section that it takes from. */
  readonly base: Section | undefined;
  isBalanced: boolean;
  hasServers: boolean;
}

const PROXIES = new Set(['backend', 'listen']);

const wordsOf = (line: string) =>
  line
    .replace(/(^|\s)#.*$/, '')
    .trim()
    .split(/\s+/);

/** Whether a section says how it balances, or one that it takes from does. */
const isBalanced = (section: Section | undefined): boolean =>
  section !== undefined && (section.isBalanced || isBalanced(section.base));

function openSection(words: readonly string[], known: readonly Section[]): Section {
  const defaults = known.filter(({ kind }) => kind === 'defaults');
  const base = baseOf(words, defaults);
  return { ...headOf(words), base, isBalanced: false, hasServers: false };
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
    if (beginsSection(first)) sections.push(openSection(words, sections));
    else if (current === undefined) continue;
    else if (first === 'balance') current.isBalanced = true;
    else if (first === 'server' || first === 'server-template') current.hasServers = true;
  }
  return sections
    .filter((section) => PROXIES.has(section.kind) && section.hasServers && !isBalanced(section))
    .map(({ name }) => name)
    .sort();
}
