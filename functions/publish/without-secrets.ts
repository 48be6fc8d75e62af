import { isSecretFeed, withoutKeys } from '../core/inputs/secret.ts';
import { type PackedChange, pack, unpack } from '../core/packing.ts';

const stripped = new WeakMap<PackedChange, PackedChange>();

/** A change as the renderer, and whoever asks for a snapshot, is told of it. */
export function withoutSecrets(change: PackedChange): PackedChange {
  if (change.type === 'delete' || !isSecretFeed(change.kind)) return change;
  const known = stripped.get(change);
  if (known) return known;
  const made = { ...change, packed: pack(withoutKeys(unpack(change.packed))) };
  stripped.set(change, made);
  return made;
}
