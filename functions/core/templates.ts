import type { Fragment } from '../template/fragment.ts';
import {
  type CompiledTemplate,
  compile,
  type Diagnostic,
  type Dialect,
  type Placing,
  type RenderMemo,
} from '../template/index.ts';
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
  readonly placing?: Placing | undefined;
}

/** The templates of ConfigMap `config`, compiled as long as their sources hold. */
export class Templates {
  private readonly dialect: Dialect;
  private readonly random = createRandom();
  private compiled = new Map<string, CompiledTemplate>();
  /** The same, compiled so that they say where they print. */
  private tracing = new Map<string, CompiledTemplate>();
  private placing: Placing | undefined;
  private compiledFrom: Sources | undefined;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  private compile(config: Sources, key: string, placing?: Placing): CompiledTemplate {
    return compile(config[key] ?? '', {
      name: key,
      dialect: this.dialect,
      random: this.random.next,
      templates: (name) => (Object.hasOwn(config, name) ? config[name] : undefined),
      ...(placing && { placing }),
    });
  }

  private find(config: Sources, key: string): CompiledTemplate {
    if (this.compiledFrom !== config) {
      this.compiled = new Map();
      this.tracing = new Map();
    }
    this.compiledFrom = config;
    const all = this.placing ? this.tracing : this.compiled;
    const place: Placing = (text, at) => this.placing?.(text, at) ?? text;
    const template = all.get(key) ?? this.compile(config, key, this.placing && place);
    all.set(key, template);
    return template;
  }

  /** What in the templates rendered last would mean something else in the other dialect. */
  diagnostics(): readonly Diagnostic[] {
    return [...this.compiled.values()].flatMap(({ diagnostics }) => diagnostics);
  }

  /** @throws TemplateError */
  render({ config, files, values, context, memo, placing }: TemplatesRender): Output {
    const all = { ...context, ...values };
    const output = new Map<string, readonly Fragment[]>();
    this.placing = placing;
    for (const { key, path } of files) {
      const template = this.find(config, key);
      this.random.restart();
      const content = template.renderFragments(all, memo && { memo });
      const source = config[key] ?? '';
      output.set(path, withLastLineFeed(content, { path, source }));
    }
    return output;
  }
}
