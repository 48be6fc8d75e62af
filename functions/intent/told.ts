import type { Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { RendererProcess } from '../renderer/process.ts';

/** What makes a renderer know an intent that knows another one, or none. */
export type IntentUpdate = (intent: Intent, known?: Intent) => PackedUpdate;

/** The intent that each renderer was told last. */
const told = new WeakMap<RendererProcess, Intent>();

/** Tells a renderer an intent: what it does not know of it. */
export function tellIntent(renderer: RendererProcess, intent: Intent, update: IntentUpdate): void {
  const known = told.get(renderer);
  if (known === intent) return;
  renderer.update(update(intent, known)).catch(() => undefined);
  told.set(renderer, intent);
}
