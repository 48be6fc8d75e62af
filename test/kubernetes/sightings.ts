import { formatAsOf } from '../../functions/wire/as-of.ts';
import { type Bundle, CONFIG_PATH } from '../../functions/wire/bundle.ts';

/** A template whose configuration tells which versions of its inputs it was made of. */
export const telling = (revision: number): string =>
  [
    `# config ${revision}`,
    '{% for service in services %}# {{ service.name }} {{ service.revision if service.revision >= 0 else nothing.at.all }}',
    '{% for name in service.pods %}# pod {{ name }}',
    '{% endfor %}{% endfor %}',
  ].join('\n');

/** Of what was seen before a step back. */
const MOST_TOLD = 8;

export const configOf = ({ files }: Bundle): string =>
  files.find(({ path }) => path === CONFIG_PATH)?.content ?? '';

/**
 * Looks at the bundles that one proxy takes, and counts those that bring back what an earlier one had left behind: an
 * older revision, or a pod (no two have the same name) that was gone.
 */
export function createWitness() {
  const newest = new Map<string, number>();
  const present = new Set<string>();
  const gone = new Set<string>();
  const stepsBack: string[] = [];
  const lately: string[] = [];
  let text = '';

  function pass(what: string): void {
    lately.push(what);
    if (lately.length > MOST_TOLD) lately.shift();
  }

  return {
    /** What came back, and what was seen before it. */
    get stepsBack(): readonly string[] {
      return stepsBack;
    },
    get text() {
      return text;
    },
    /** Something that may explain what comes next. */
    pass,
    /** @param how whatever else is known of the way that it came, for whoever looks into a step back */
    see(bundle: Bundle, how = ''): void {
      text = configOf(bundle);
      const lines = text.split('\n').filter((line) => line.startsWith('# '));
      pass(`${how} as of ${formatAsOf(bundle.asOf)}: ${lines.join(' ')}`);
      const pods = new Set([...text.matchAll(/# pod (\S+)/g)].map(([, name]) => String(name)));
      const back = [...pods].filter((name) => gone.has(name));
      for (const name of present) if (!pods.has(name)) gone.add(name);
      present.clear();
      for (const name of pods) present.add(name);
      for (const [, name = '', revision] of text.matchAll(/# (config|of-\S+) (\d+)/g)) {
        if (Number(revision) < (newest.get(name) ?? 0)) back.push(`${name} ${revision}`);
        newest.set(name, Math.max(Number(revision), newest.get(name) ?? 0));
      }
      if (back.length > 0) stepsBack.push([`${back.join(', ')} after`, ...lately].join('\n'));
    },
  };
}
