import { type Bundle, CONFIG_PATH } from '../../functions/wire/bundle.ts';

/** A template whose configuration tells which versions of its inputs it was made of. */
export const telling = (revision: number): string =>
  [
    `# config ${revision}`,
    '{% for service in services %}# {{ service.name }} {{ service.revision if service.revision >= 0 else nothing.at.all }}',
    '{% for name in service.pods %}# pod {{ name }}',
    '{% endfor %}{% endfor %}',
  ].join('\n');

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
  let backward = 0;
  let text = '';
  return {
    get backward() {
      return backward;
    },
    get text() {
      return text;
    },
    see(bundle: Bundle): void {
      text = configOf(bundle);
      const pods = new Set([...text.matchAll(/# pod (\S+)/g)].map(([, name]) => String(name)));
      let isOlder = [...pods].some((name) => gone.has(name));
      for (const name of present) if (!pods.has(name)) gone.add(name);
      present.clear();
      for (const name of pods) present.add(name);
      for (const [, name = '', revision] of text.matchAll(/# (config|of-\S+) (\d+)/g)) {
        if (Number(revision) < (newest.get(name) ?? 0)) isOlder = true;
        newest.set(name, Math.max(Number(revision), newest.get(name) ?? 0));
      }
      if (isOlder) backward++;
    },
  };
}
