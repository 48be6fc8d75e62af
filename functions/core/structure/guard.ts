import { plain } from '../../template/foreign.ts';
import { textOf } from '../../template/fragment.ts';
import { CONFIG_PATH } from '../../wire/bundle.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { attribute, type FileBreach, type Replay } from './attribution.ts';
import { StructureCheck } from './check.ts';
import { definitionOf, type Entry, entriesIn, keyOf, type Values, without } from './entries.ts';
import { readersOf } from './file-readers.ts';
import { type Contents, contentsOf, type Output, plainContentsOf } from './output.ts';
import { toUnsafeValue } from './unsafe-value.ts';

/** What becomes of an entry of which a value is more than a value. */
export type UnsafeValues = 'refuse' | 'warn' | 'off';

export interface GuardSettings {
  readonly unsafeValues: UnsafeValues;
  /** The configuration's namespace, for diagnostics. */
  readonly namespace: string;
  readonly filesDir: string;
}

/** One render to be guarded. */
export interface Guardable {
  readonly values: Values;
  /** What else the output depends on: the same object for the same templates. */
  readonly config: object;
  /** Gives the values that it is made of, too: some may be left out. */
  readonly render: (values: Values) => { readonly output: Output; readonly values: Values };
  readonly replay: Replay;
}

export type Guarded = {
  readonly diagnostics: readonly Diagnostic[];
} & (
  | {
      readonly kind: 'rendered';
      readonly contents: Contents;
      /** What it is made of. */
      readonly values: Values;
    }
  | { readonly kind: 'failed'; readonly failure: Diagnostic }
);

/** Renders, beyond which what is still wrong is no longer taken apart. */
const MOST_ROUNDS = 8;
/** More left out are counted, not told one by one. */
const MOST_TOLD = 100;

const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/** What a breach depends on beside its entry. */
const causesOf = ({ values, config }: Guardable): readonly unknown[] => [
  config,
  ...values.services.map(definitionOf),
];

/** Keeps values from being more than values, over the renders of one variant. */
export class Guard {
  private readonly settings: GuardSettings;
  private readonly check = new StructureCheck();
  /** What was left out, by key: as long as templates and definitions are the same, its breach is, too. */
  private leftOut = new Map<unknown, Diagnostic>();
  private leftOutOf: readonly unknown[] = [];
  /** Warnings by the line that they are of. */
  private warned = new Map<string, Diagnostic>();

  constructor(settings: GuardSettings) {
    this.settings = settings;
  }

  /** Forgets what was left out for what may no longer hold. */
  private begin(given: Guardable): void {
    if (this.leftOut.size === 0) return;
    if (same(causesOf(given), this.leftOutOf)) {
      const keys = new Set(entriesIn(given.values).map(keyOf));
      for (const key of this.leftOut.keys()) if (!keys.has(key)) this.leftOut.delete(key);
    } else this.leftOut = new Map();
  }

  private breachesIn(output: Output): readonly FileBreach[] {
    const { filesDir } = this.settings;
    let joined: string | undefined;
    // The paths of files are no values: they are the same with foreign characters around.
    const configuration = (): string => {
      joined ??= textOf(output.get(CONFIG_PATH) ?? []);
      return joined;
    };
    const breaches = [...output].flatMap(([path, fragments]) => {
      if (!fragments.some(({ isForeign }) => isForeign)) return [];
      const readers = readersOf(path, { configuration, filesDir });
      return this.check.find(fragments, readers).map((breach) => ({ path, ...breach }));
    });
    this.check.turn();
    return breaches;
  }

  private diagnose(
    { values, replay }: Pick<Guardable, 'values' | 'replay'>,
    { breaches, contents }: { breaches: readonly FileBreach[]; contents: Contents },
  ): ReadonlyArray<{ readonly entry: Entry | undefined; readonly diagnostic: Diagnostic }> {
    const { namespace, unsafeValues } = this.settings;
    const isLeftOut = unsafeValues === 'refuse';
    return attribute(breaches, values, replay).map((origin, i) => {
      const breach = breaches[i] as FileBreach;
      const output = plain(contents.get(breach.path) as string);
      const told = { breach, origin, output, namespace, isLeftOut };
      return { entry: origin.entry, diagnostic: toUnsafeValue(told) };
    });
  }

  private warnings(
    given: Pick<Guardable, 'values' | 'replay'>,
    contents: Contents,
    breaches: readonly FileBreach[],
  ) {
    const lineOf = ({ path, offset }: FileBreach): string => {
      const content = contents.get(path) as string;
      const end = content.indexOf('\n', offset);
      return `${path}\0${content.slice(content.lastIndexOf('\n', offset) + 1, end)}`;
    };
    const lines = breaches.map(lineOf);
    const known = lines.map((line) => this.warned.get(line)).filter((found) => found !== undefined);
    if (known.length === lines.length) return known;
    const diagnostics = this.diagnose(given, { breaches, contents }).map(
      (found) => found.diagnostic,
    );
    this.warned = new Map(lines.map((line, i) => [line, diagnostics[i] as Diagnostic]));
    return diagnostics;
  }

  /** What is left out, as of the last render. */
  told(): readonly Diagnostic[] {
    const all = [...this.leftOut.values()];
    if (all.length <= MOST_TOLD) return all;
    const [first] = all as [Diagnostic];
    const message = `${all.length - MOST_TOLD} more are left out for what their values do`;
    return [
      ...all.slice(0, MOST_TOLD),
      { ...first, message, where: { object: first.where.object } },
    ];
  }

  /** Renders, and leaves out what has values that are more than values. */
  render(given: Guardable): Guarded {
    const { unsafeValues } = this.settings;
    if (unsafeValues === 'refuse') this.begin(given);
    for (let round = 0; ; round++) {
      const wanted =
        this.leftOut.size === 0
          ? given.values
          : without(given.values, (key) => this.leftOut.has(key));
      const { output, values } = given.render(wanted);
      const breaches = unsafeValues === 'off' ? [] : this.breachesIn(output);
      const contents = breaches.length === 0 ? undefined : contentsOf(output);
      if (contents === undefined || unsafeValues === 'warn') {
        const diagnostics =
          contents === undefined
            ? this.told()
            : this.warnings({ values, replay: given.replay }, contents, breaches);
        return { kind: 'rendered', contents: plainContentsOf(output), values, diagnostics };
      }
      const found = this.diagnose({ values, replay: given.replay }, { breaches, contents });
      const unknown = found.find(({ entry }) => entry === undefined || entry.kind === 'param');
      if (unknown || round >= MOST_ROUNDS) {
        const failure = (unknown ?? found[0])?.diagnostic as Diagnostic;
        return { kind: 'failed', failure, diagnostics: this.told() };
      }
      this.leftOutOf = causesOf(given);
      for (const { entry, diagnostic } of found) {
        const key = keyOf(entry as Entry);
        if (!this.leftOut.has(key)) this.leftOut.set(key, diagnostic);
      }
    }
  }
}
