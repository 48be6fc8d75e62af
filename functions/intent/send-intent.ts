import type { Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { RendererProcess } from '../renderer/process.ts';

/** What makes a renderer know an intent that knows another one, or none. */
export type IntentUpdate = (intent: Intent, known?: Intent) => PackedUpdate;

/** The intent that each renderer was sent last. */
const sent = new WeakMap<RendererProcess, Intent>();

/** Sends a renderer what it does not know of an intent. */
export function sendIntent(renderer: RendererProcess, intent: Intent, update: IntentUpdate): void {
  const known = sent.get(renderer);
  if (known === intent) return;
  renderer.update(update(intent, known)).catch(() => undefined);
  sent.set(renderer, intent);
}
