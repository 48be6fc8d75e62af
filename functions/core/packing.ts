import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { InventoryUpdate } from './inventory-update.ts';
import type { Change, Deletion, ObjectKey } from './objects.ts';

/** Small buffers: objects are of a few kB, and the memory of a whole window would be made anew for each of them. */
const PACKING = { level: 1, memLevel: 4, windowBits: 12, chunkSize: 2048 };

/**
 * Packs bytes that are kept for long and read seldom. Equal bytes pack equally. The copy lets go of what the packer
 * allocated beyond its output.
 */
export function pack(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(deflateRawSync(bytes, PACKING));
}

export function unpack(packed: Uint8Array): Uint8Array {
  return inflateRawSync(packed);
}

/** A change whose object is packed. */
export type PackedChange = ObjectKey &
  ({ readonly type: 'put'; readonly packed: Uint8Array } | Deletion);

/** An update on its way to an inventory in another process. */
export type PackedUpdate = Omit<InventoryUpdate, 'changes'> & {
  readonly changes: readonly PackedChange[];
};

export function packChange(change: Change): PackedChange {
  if (change.type === 'delete') return change;
  const { type, kind, namespace, name, json } = change;
  // Not spread: V8 gives every object that comes of it a shape of its own, of twice its size.
  return { type, kind, namespace, name, packed: pack(json) };
}

export function unpackChange(change: PackedChange): Change {
  if (change.type === 'delete') return change;
  const { packed, ...rest } = change;
  return { ...rest, json: unpack(packed) };
}

export function unpackUpdate({ changes, ...rest }: PackedUpdate): InventoryUpdate {
  return { changes: changes.map(unpackChange), ...rest };
}
