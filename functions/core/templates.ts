import type { Fragment } from '../template/fragment.ts';
import {
  type CompiledTemplate,
  compile,
  type Diagnostic,
  type Dialect,
  type Remark,
  type RenderMemo,
  type Traced,
  type UnknownName,
} from '../template/index.ts';
import { Inputs } from '../template/values/inputs/inputs.ts';
import { type Delivered, withLastLineFeed } from './delivered.ts';
import { createRandom } from './random.ts';
import type { Values } from './structure/entries.ts';
import type { Output } from './structure/output.ts';

type Sources = Readonly<Record<string, string>>;

/** One render of all delivered files. */
export interface TemplatesRender {
  readonly config: Sources;
  readonly files: readonly Delivered[];
  readonly values: Values;
  /** What templates see beside values. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly memo?: RenderMemo;
}

/** A ConfigMap that was written anew, or read from another file, may say the same. */
function isSame(one: Sources | undefined, other: Sources): boolean {
  if (one === other || one === undefined) return one === other;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
  );
}

/** All that templates see. */
const seen = (context: TemplatesRender['context'], values: Values) => ({
  ...context,
  ...values,
  inputs: new Inputs(values.inputs),
});

/** The templates of ConfigMap `config`, compiled as long as their sources hold. */
export class Templates {
  private readonly dialect: Dialect;
  private readonly random = createRandom();
  private compiled = new Map<string, CompiledTemplate>();
  /** The same, compiled to be traced. */
  private traceable = new Map<string, CompiledTemplate>();
  private compiledFrom: Sources | undefined;
  private findSource: (name: string) => string | undefined = () => undefined;
  /** What templates see, by name. */
  private seen: readonly string[] = [];

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  private compile(config: Sources, key: string, isTracing: boolean): CompiledTemplate {
    return compile(config[key] ?? '', {
      name: key,
      dialect: this.dialect,
      random: this.random.next,
      templates: this.findSource,
      isTracing,
    });
  }

  private find(config: Sources, key: string, isTracing = false): CompiledTemplate {
    if (!isSame(this.compiledFrom, config)) {
      // The same for all files: what several of them import is read once.
      this.findSource = (name) => (Object.hasOwn(config, name) ? config[name] : undefined);
      this.compiled = new Map();
      this.traceable = new Map();
    }
    this.compiledFrom = config;
    const all = isTracing ? this.traceable : this.compiled;
    const template = all.get(key) ?? this.compile(config, key, isTracing);
    all.set(key, template);
    return template;
  }

  /** What in the templates rendered last would mean something else in the other dialect. */
  diagnostics(): readonly Diagnostic[] {
    return [...this.compiled.values()].flatMap(({ diagnostics }) => diagnostics);
  }

  /** What templates remarked in the last render. */
  remarks(): readonly Remark[] {
    return [...this.compiled.values()].flatMap(({ remarks }) => remarks);
  }

  /** Names that nothing gives a value, in what was rendered last: each at its first place. */
  unknownNames(): readonly UnknownName[] {
    const all = [...this.compiled.values()].flatMap((one) => one.unknownNames(this.seen));
    const places = all.map((found) => [[found.name, found.template].join('\0'), found] as const);
    return [...new Map(places).values()];
  }

  /** @throws TemplateError */
  render({ config, files, values, context, memo }: TemplatesRender): Output {
    const all = seen(context, values);
    this.seen = Object.keys(all);
    const output = new Map<string, readonly Fragment[]>();
    for (const { key, path } of files) {
      const template = this.find(config, key);
      this.random.restart();
      const content = template.renderFragments(all, memo && { memo });
      const source = config[key] ?? '';
      output.set(path, withLastLineFeed(content, { path, source }));
    }
    return output;
  }

  /** The same, with what gave which part of each file, by path. @throws TemplateError */
  trace({ config, files, values, context }: TemplatesRender): ReadonlyMap<string, Traced> {
    const all = seen(context, values);
    const traced = new Map<string, Traced>();
    for (const { key, path } of files) {
      this.random.restart();
      traced.set(path, this.find(config, key, true).trace(all));
    }
    return traced;
  }
}
