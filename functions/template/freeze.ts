/**
 * Freezes lists and dicts deeply, so that no template changes what others see; what is frozen already is taken as
 * frozen deeply, so that a snapshot that shares structure costs nothing twice.
 */
export function freezeDeep(value: unknown): void {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (next instanceof Map) {
      // A Map cannot be frozen; templates have no way to change one.
      for (const item of next.values()) if (!Object.isFrozen(item)) pending.push(item);
      continue;
    }
    const isData =
      Array.isArray(next) || [Object.prototype, null].includes(Object.getPrototypeOf(next));
    if (!isData || Object.isFrozen(next)) continue;
    Object.freeze(next);
    for (const item of Object.values(next)) pending.push(item);
  }
}
