/** Texts that clients send again and again, and what they were read as, are remembered: at most so many. */
const MOST = 1_000;

/** Remembers what `read` made of a text. What it throws is not remembered. */
export function createMemo<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = read(text);
    // Who sends a new one each time gains nothing; those of the fleet are soon there again.
    if (known.size >= MOST) known.clear();
    known.set(text, made);
    return made;
  };
}
