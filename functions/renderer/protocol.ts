import type { ManifestText, OfflineResult } from '../core/offline.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { ExplainQuestion } from '../core/origin/explain.ts';
import type {
  Explanation,
  Rendering,
  RenderSettings,
  RenderVariant,
  StatusRendering,
} from '../core/render.ts';

/**
 * What crosses between the server and its renderer, over the IPC channel of the child process: changes in, renderings
 * out, in order. Neither keys nor tokens are in it.
 */
export type ToRenderer =
  | { readonly type: 'settings'; readonly settings: RenderSettings }
  | { readonly type: 'update'; readonly id: number; readonly update: PackedUpdate }
  | { readonly type: 'render'; readonly id: number; readonly variant: RenderVariant }
  | { readonly type: 'status'; readonly id: number; readonly variant: RenderVariant }
  | {
      readonly type: 'explain';
      readonly id: number;
      readonly variant: RenderVariant;
      readonly question: ExplainQuestion;
    }
  | {
      readonly type: 'once';
      readonly id: number;
      readonly texts: readonly ManifestText[];
      readonly variant: RenderVariant;
    };

export type FromRenderer =
  /** The work on a message begins: its deadline counts from here. */
  | { readonly type: 'begun'; readonly id: number }
  | { readonly type: 'updated'; readonly id: number; readonly hasLostPod: boolean }
  | {
      readonly type: 'rendered';
      readonly id: number;
      readonly rendering: Rendering;
      readonly seconds: number;
    }
  | { readonly type: 'rendered-status'; readonly id: number; readonly status: StatusRendering }
  | { readonly type: 'explained'; readonly id: number; readonly explanation: Explanation }
  | { readonly type: 'rendered-once'; readonly id: number; readonly result: OfflineResult };
