import { entriesOf, isJsonObject, type JsonObject } from '../../template/json/index.ts';
import { type Diagnostic, locate, type Place } from '../diagnostics.ts';
import { readYamlDocument, type YamlDocument, YamlFault } from '../yaml.ts';

/** What is wrong with a part of `tests.yaml`. */
export class TestsFault extends Error {
  readonly diagnostic: Diagnostic;
  constructor(where: Place, message: string, { code = 'test-invalid', hint = '' }) {
    super(message);
    this.diagnostic = { severity: 'error', code, message, hint, where };
  }
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly document: YamlDocument;
}

const SEE = 'See docs/testing.md, "What a test says".';

const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** A value of `tests.yaml`, and where it stands. Its readers throw TestsFault. */
export class Cursor {
  readonly value: unknown;
  private readonly source: Source;
  private readonly steps: readonly (string | number)[];

  constructor(source: Source, value: unknown, steps: readonly (string | number)[] = []) {
    this.source = source;
    this.value = value;
    this.steps = steps;
  }

  get where(): Place {
    const { path, text, document } = this.source;
    return { object: path, ...locate(text, document.offsetOf(this.steps)) };
  }

  /** What it is called by whoever reads the problem. */
  private get title(): string {
    return String(this.steps.findLast((step) => typeof step === 'string') ?? 'tests.yaml');
  }

  fail(message: string, hint = SEE): never {
    throw new TestsFault(this.where, message, { hint });
  }

  private step(step: string | number, value: unknown): Cursor {
    return new Cursor(this.source, value, [...this.steps, step]);
  }

  /** Its members, each of a name that is known. */
  members(known: readonly string[]): ReadonlyMap<string, Cursor> {
    const members = this.entries();
    for (const [name, member] of members)
      if (!known.includes(name))
        member.fail(`${name} is unknown here`, `Known are ${known.join(', ')}. ${SEE}`);
    return members;
  }

  entries(): ReadonlyMap<string, Cursor> {
    const { value } = this;
    if (!isJsonObject(value)) return this.fail(`${this.title} is not an object: ${shown(value)}`);
    return new Map(entriesOf(value).map(([name, inner]) => [name, this.step(name, inner)]));
  }

  items(): readonly Cursor[] {
    const { value } = this;
    if (!Array.isArray(value) || value.length === 0)
      return this.fail(`${this.title} is not a list, or is empty`, `Write ${this.title}: [...].`);
    return value.map((item, i) => this.step(i, item));
  }

  text(): string {
    const { value } = this;
    if (typeof value === 'string' && value !== '') return value;
    return this.fail(`${this.title} is not text: ${shown(value)}`, 'Put it in quotes.');
  }

  texts(): readonly string[] {
    return this.items().map((item) => item.text());
  }

  /** Texts by name. */
  record(): Readonly<Record<string, string>> {
    return Object.fromEntries(Array.from(this.entries(), ([name, item]) => [name, item.text()]));
  }

  object(): JsonObject {
    const { value } = this;
    return isJsonObject(value)
      ? value
      : this.fail(`${this.title} is not an object: ${shown(value)}`);
  }

  oneOf<const Name extends string>(names: readonly Name[]): Name {
    const found = names.find((name) => name === this.value);
    return (
      found ?? this.fail(`${this.title} is not one of ${names.join(', ')}: ${shown(this.value)}`)
    );
  }

  true(): true {
    return this.value === true
      ? true
      : this.fail(`${this.title} can only be true`, 'Or leave it out.');
  }

  count(): number {
    const { value } = this;
    const number = Number(value);
    if (typeof value !== 'string' && Number.isSafeInteger(number) && number >= 0) return number;
    return this.fail(`${this.title} is not a whole number: ${shown(value)}`);
  }

  regex(): RegExp {
    try {
      return new RegExp(this.text(), 'u');
    } catch (error) {
      if (error instanceof TestsFault) throw error;
      const hint =
        'It is a regular expression of JavaScript; in single quotes YAML leaves \\ alone.';
      return this.fail((error as Error).message, hint);
    }
  }
}

/**
 * The value of a file `tests.yaml`.
 *
 * @throws TestsFault where it is not YAML
 */
export function openTests({
  path,
  text,
}: {
  readonly path: string;
  readonly text: string;
}): Cursor {
  try {
    const document = readYamlDocument(text);
    return new Cursor({ path, text, document }, document.value);
  } catch (error) {
    const offset = error instanceof YamlFault ? error.offset : 0;
    throw new TestsFault(
      { object: path, ...locate(text, offset) },
      `it is not YAML: ${(error as Error).message}`,
      { code: 'tests-yaml', hint: SEE },
    );
  }
}
