/** What a template says of an object that it does not serve as asked: told to people, and no part of the output. */
export interface Remark {
  readonly text: string;
  readonly about: unknown;
}

/** More of one render are not kept. */
const MOST_REMARKS = 10_000;
export const NO_REMARKS: readonly Remark[] = Object.freeze([]);

/** Those of the render that goes on; renders run one after another. */
let noted: Remark[] = [];

export function noteRemark(remark: Remark): void {
  if (noted.length < MOST_REMARKS) noted.push(remark);
}

export const countRemarks = (): number => noted.length;

/** Those that were noted since there were so many. */
export const remarksSince = (count: number): readonly Remark[] =>
  noted.length === count ? NO_REMARKS : noted.slice(count);

/** A render begins. @returns what gives those that were noted in it */
export function beginRemarks(): () => readonly Remark[] {
  const own: Remark[] = [];
  noted = own;
  return () => own;
}
