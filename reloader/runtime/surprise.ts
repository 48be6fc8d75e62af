/** Thrown while operations are carried out when HAProxy does or shows something else than planned: time for a reload. */
export class Surprise extends Error {
  override readonly name = 'Surprise';
}

/** Ends an apply. `reason` is for people: what was asked, and the first line of the answer, never a payload. */
export function surprise(reason: string, answer?: string): never {
  const told =
    answer === undefined ? '' : `: ${answer.split('\n')[0]?.slice(0, 200) || 'no answer'}`;
  throw new Surprise(`${reason}${told}`);
}
