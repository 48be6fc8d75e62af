import { INPUTS_KEY, readInputs } from './inputs/read-inputs.ts';
import type { StatusRendering } from './render.ts';
import { type ReadStatuses, readStatuses } from './statuses.ts';

/** What a render of `status.yaml` says, and what is wrong with it. */
export interface StatusesOf extends ReadStatuses {
  /** Whether it says nothing about any object: what was written before stays. */
  readonly isBroken: boolean;
}

/** Reads what `status.yaml` of a ConfigMap `config` rendered to. */
export function readStatusesOf(
  rendered: StatusRendering,
  of: {
    readonly snapshot: { readonly config?: Readonly<Record<string, string>> | undefined };
    readonly namespace: string;
  },
): StatusesOf {
  if (rendered.kind === 'failed')
    return { entries: [], diagnostics: [rendered.failure], isBroken: true };
  const object = `configmaps/${of.namespace}/config`;
  const { inputs } = readInputs({ object, text: of.snapshot.config?.[INPUTS_KEY] ?? '' });
  const { entries, diagnostics } = readStatuses({ object, text: rendered.text, inputs });
  return {
    entries,
    diagnostics: [...rendered.diagnostics, ...diagnostics],
    isBroken: diagnostics.some(({ code }) => code === 'status-yaml'),
  };
}
