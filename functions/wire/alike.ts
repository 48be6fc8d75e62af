/** Texts are compared by so many characters at once. */
const BLOCK = 4096;

/** How many characters two texts begin with alike, up to so many. */
export function countSame(a: string, b: string, most: number): number {
  let i = 0;
  while (i + BLOCK <= most && a.slice(i, i + BLOCK) === b.slice(i, i + BLOCK)) i += BLOCK;
  while (i < most && a.charCodeAt(i) === b.charCodeAt(i)) i += 1;
  return i;
}

/** How many characters two texts end with alike, up to so many. */
export function countSameEnd(a: string, b: string, most: number): number {
  const [endA, endB] = [a.length, b.length];
  let i = 0;
  while (
    i + BLOCK <= most &&
    a.slice(endA - i - BLOCK, endA - i) === b.slice(endB - i - BLOCK, endB - i)
  )
    i += BLOCK;
  while (i < most && a.charCodeAt(endA - i - 1) === b.charCodeAt(endB - i - 1)) i += 1;
  return i;
}
