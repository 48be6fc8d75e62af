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
