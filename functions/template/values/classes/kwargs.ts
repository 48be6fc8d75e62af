/** The keyword arguments of a call, in the order written: always the last argument where there are any. */
export class Kwargs extends Map<string, unknown> {}
