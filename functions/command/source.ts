import { createFolderSource } from '../folder/source.ts';
import type { Settings } from '../settings.ts';
import type { Source } from '../source.ts';

export interface OpenedSource {
  readonly source: Source;
  /** Whether it is the embedded example: somebody is trying the product. */
  readonly isExample: boolean;
}

/** Chooses the source: a folder or file of manifests, else the embedded example. */
export function openSource(options: { settings: Settings; example: string }): OpenedSource {
  const { settings, example } = options;
  const isExample = settings.from === undefined;
  return { source: createFolderSource({ path: settings.from ?? example }), isExample };
}
