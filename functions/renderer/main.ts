import { createInventory, type Inventory } from '../core/inventory.ts';
import { renderManifests } from '../core/offline.ts';
import { unpackUpdate } from '../core/packing.ts';
import { createRenderEngine, type RenderEngine, type RenderSettings } from '../core/render.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { FromRenderer, ToRenderer } from './protocol.ts';

/**
 * The renderer: the pure core alone, in a process that has no key, no token, no files and no environment. What
 * templates do wrong, they do here, and its parent ends it.
 */
interface Work {
  readonly settings: RenderSettings;
  readonly inventory: Inventory;
  readonly engine: RenderEngine;
  snapshot: Snapshot;
}

let work: Work | undefined;

function begin(settings: RenderSettings): Work {
  const inventory = createInventory(settings.namespace);
  const { snapshot } = inventory.update({ changes: [], certificates: [], unread: [] });
  return { settings, inventory, engine: createRenderEngine(settings), snapshot };
}

function answer(work: Work, message: Exclude<ToRenderer, { type: 'settings' }>): FromRenderer {
  const { id } = message;
  if (message.type === 'update') {
    const { snapshot, hasLostPod } = work.inventory.update(unpackUpdate(message.update));
    work.snapshot = snapshot;
    return { type: 'updated', id, hasLostPod };
  }
  if (message.type === 'once') {
    const { texts, variant } = message;
    const result = renderManifests({ texts, variant, settings: work.settings });
    return { type: 'rendered-once', id, result };
  }
  if (message.type === 'status') {
    const status = work.engine.renderStatus(work.snapshot, message.variant);
    return { type: 'rendered-status', id, status };
  }
  if (message.type === 'explain') {
    const { variant, question } = message;
    const about = { question, strictness: 'lenient' } as const;
    return {
      type: 'explained',
      id,
      explanation: work.engine.explain(work.snapshot, variant, about),
    };
  }
  const start = performance.now();
  const rendering = work.engine.render(work.snapshot, message.variant, 'lenient');
  return { type: 'rendered', id, rendering, seconds: (performance.now() - start) / 1000 };
}

const send = (message: FromRenderer): unknown => process.send?.(message);

process.on('message', (message: ToRenderer) => {
  if (message.type === 'settings') {
    work = begin(message.settings);
    return;
  }
  if (!work) throw new Error('the settings come first');
  send({ type: 'begun', id: message.id });
  send(answer(work, message));
});
process.on('disconnect', () => process.exit(0));
