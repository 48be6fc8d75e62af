/** What a piece of generated code depends on: the variables of the code around it, and fields of loops. */
export class Dependencies {
  /** Whether the code does nothing but give text that its dependencies determine. */
  isPure = true;
  readonly variables = new Set<string>();
  /** The fields used, by the loop's variable. */
  readonly loopFields = new Map<string, Set<string>>();
  private readonly start: number;

  /** @param start the number of the last variable before the code: later ones are the code's own */
  constructor(start: number) {
    this.start = start;
  }

  use(variable: string): void {
    if (this.isOuter(variable)) this.variables.add(variable);
  }

  /** Whether the code uses a loop that it is itself within. */
  get usesOuterLoop(): boolean {
    return [...this.loopFields.keys()].some((loop) => this.isOuter(loop));
  }

  private isOuter(variable: string): boolean {
    return variable.startsWith('c_') || Number(variable.slice('t_'.length)) <= this.start;
  }

  useLoop(loop: string, field: string | undefined): void {
    const fields = this.loopFields.get(loop) ?? new Set();
    this.loopFields.set(loop, fields);
    fields.add(field ?? '');
  }
}
