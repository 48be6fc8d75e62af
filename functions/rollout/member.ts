/** A proxy, as far as it matters which revision it gets. */
export interface Member {
  readonly name: string;
  /** The fleet that it is of: all proxies with the same parameters. */
  readonly fleet: string;
}
