import { parse } from 'yaml';

/**
 * The commands of a page, by what the page says of them:
 * `sh` runs here, `sh background` runs until the page is through, `sh clone` is for a clone of the repository alone,
 * `sh cluster` needs a cluster.
 */
export type Place = 'here' | 'background' | 'clone' | 'cluster';

export interface Block {
  readonly place: Place;
  readonly text: string;
  /** Where in the page, from 1. */
  readonly line: number;
}

const FENCE = /^```sh ?(background|clone|cluster)?\n([\s\S]*?)^```$/gm;

export function readCommands(page: string): readonly Block[] {
  return [...page.matchAll(FENCE)].map((found) => ({
    place: (found[1] ?? 'here') as Place,
    text: found[2] ?? '',
    line: page.slice(0, found.index).split('\n').length,
  }));
}

const YAML = /^```yaml\n([\s\S]*?)^```$/gm;
/** Members of a GitHub workflow and a GitLab pipeline that are commands. */
const COMMANDS = new Set(['run', 'script', 'before_script']);

function* commandsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value))
    if (COMMANDS.has(name)) yield* [inner].flat() as string[];
    else yield* commandsIn(inner);
}

/** The commands of the pipelines that a page shows, in order. */
export function readPipelines(page: string): readonly Block[] {
  return [...page.matchAll(YAML)].flatMap((found) => {
    const line = page.slice(0, found.index).split('\n').length;
    const commands = [...commandsIn(parse(found[1] ?? ''))];
    return commands.map((text) => ({ place: 'here' as const, text, line }));
  });
}
