/** How many of two lists are the same objects, in the same order, at their begin and at their end. */
export interface SameEnds {
  readonly first: number;
  readonly last: number;
}

/** Looks at no object: what two configurations have in common is most of them, and no longer in the processor's caches. */
export function findSameEnds<Item>(a: readonly Item[], b: readonly Item[]): SameEnds {
  const most = Math.min(a.length, b.length);
  let first = 0;
  while (first < most && a[first] === b[first]) first += 1;
  let last = 0;
  while (last < most - first && a[a.length - 1 - last] === b[b.length - 1 - last]) last += 1;
  return { first, last };
}

/** What is between. */
export const between = <Item>(list: readonly Item[], { first, last }: SameEnds): readonly Item[] =>
  list.slice(first, list.length - last);

/** Of both lists what is between the ends that they have in common. */
export function betweenSameEnds<Item>(
  a: readonly Item[],
  b: readonly Item[],
): readonly [readonly Item[], readonly Item[]] {
  const ends = findSameEnds(a, b);
  return [between(a, ends), between(b, ends)];
}
