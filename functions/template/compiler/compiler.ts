import { Compiler } from '../nunjucks.ts';
import {
  type AnyNode,
  childNodes,
  type Expression,
  type NodeOf,
  type Statement,
} from '../parser/nodes.ts';
import { type Place, SyntaxFault } from '../syntax-fault.ts';
import type { Dialect } from '../values/dialect.ts';
import { repr } from '../values/print.ts';
import type { Frame } from './frame.ts';
import { analyse } from './symbols.ts';

/** Nested deeper, the JavaScript made of an expression would exhaust V8's stack. */
const MAX_DEPTH = 300;

/** What the template is compiled for, and what it may use. */
export interface CompileTarget {
  /** The template's name in messages; a template made from a string has none. */
  readonly name: string | undefined;
  readonly dialect: Dialect;
  readonly hasFilter: (name: string) => boolean;
  readonly hasTest: (name: string) => boolean;
  /** The nearest name that exists, as a hint. */
  readonly suggest: (kind: 'filter' | 'test', name: string) => string | undefined;
}

/** One JavaScript function being written: its variables are declared at its top. */
interface FunctionScope {
  readonly locals: string[];
  /** The variable that holds each identifier of the template. */
  readonly variables: Map<string, string>;
}

/** The functions that write each kind of node. */
export interface Emitters {
  readonly statement: (compiler: JinjaCompiler, node: Statement, frame: Frame) => void;
  readonly expression: (compiler: JinjaCompiler, node: Expression, frame: Frame) => string;
  /** An expression as a JavaScript condition. */
  readonly condition: (compiler: JinjaCompiler, node: Expression, frame: Frame) => string;
}

/** Thrown to leave out what can never run, as Jinja2's CompilerExit. */
export class CompilerExit extends Error {}

function holdsMacro(node: AnyNode): boolean {
  if (node.typename === 'Macro' || node.typename === 'CallBlock') return true;
  for (const inner of childNodes(node)) if (holdsMacro(inner)) return true;
  return false;
}

/** Text as a JavaScript literal: whatever a template holds enters generated code through here. */
export const quote = (text: string): string => JSON.stringify(text);

/**
 * Writes a template as JavaScript, by nunjucks's Compiler. The structure is that of Jinja2's CodeGenerator, since scopes
 * and line numbers must come out the same; what is written differs: variables are JavaScript locals, `output` is a string.
 */
export class JinjaCompiler extends Compiler {
  readonly target: CompileTarget;
  /** The places that runtime errors may name; generated code keeps an index into it in `p`. */
  readonly places: Place[] = [{ lineno: 1, colno: 1 }];
  readonly constants: unknown[] = [];
  readonly blocks = new Map<string, NodeOf<'Block'>>();
  /** Names set at the top level by the statement being compiled. */
  readonly assigned: Set<string>[] = [];
  /** Parameters of macros that have no value yet, while their defaults are compiled. */
  readonly unsetParameters: Set<string>[] = [];
  /** The variables that are always the runtime's `Loop`. */
  readonly loops = new Set<string>();
  usesAutoescape = false;
  extendsSoFar = 0;
  hasKnownExtends = false;
  private readonly emitters: Emitters;
  private readonly preamble: string[] = [];
  private readonly hoisted = new Map<string, string>();
  private readonly placeIndex = new Map<string, number>();
  private readonly scopes: FunctionScope[] = [];
  /** The names that the outermost function takes from the context once, where it starts. */
  private contextVariables = new Map<string, string>();
  private statement: Place = { lineno: 1, colno: 1 };
  private depth = 0;

  constructor(target: CompileTarget, emitters: Emitters) {
    super(target.name ?? '');
    this.target = target;
    this.emitters = emitters;
  }

  override compile(node: object, frame: object): void {
    this.emitters.statement(this, node as Statement, frame as Frame);
  }

  compileBody(body: readonly Statement[], frame: Frame): void {
    try {
      for (const statement of body) this.compile(statement, frame);
    } catch (error) {
      if (!(error instanceof CompilerExit)) throw error;
    }
  }

  /** The JavaScript expression for an expression of the template. */
  expression(node: Expression, frame: Frame): string {
    if (++this.depth > MAX_DEPTH) {
      throw new SyntaxFault('too many nested expressions or blocks', node, {
        type: 'RecursionError',
      });
    }
    const code = this.emitters.expression(this, node, frame);
    this.depth--;
    return code;
  }

  /** An expression as a JavaScript condition. */
  condition(node: Expression, frame: Frame): string {
    return this.emitters.condition(this, node, frame);
  }

  analyse(frame: Frame, node: AnyNode): void {
    analyse(frame.symbols, node);
  }

  /** Text as Python's `repr` shows it, for messages. */
  reprText(text: string): string {
    return repr(text);
  }

  /** @throws SyntaxFault */
  refuse(message: string, place: Place, hint?: string): never {
    throw new SyntaxFault(message, place, { type: 'TemplateAssertionError', hint });
  }

  /** Starts a statement: errors from here on have its line. */
  mark(node: Place): void {
    this.statement = node;
    this._emitLine(`p=${this.placeOf(node)};`);
  }

  /** The place's index, in the line of the statement: Jinja2's errors know only that. */
  private placeOf(place: Place): number {
    const { lineno } = this.statement;
    const colno = place.lineno === lineno ? place.colno : this.statement.colno;
    const key = `${lineno}:${colno}`;
    let index = this.placeIndex.get(key);
    if (index === undefined) {
      index = this.places.push({ lineno, colno }) - 1;
      this.placeIndex.set(key, index);
    }
    return index;
  }

  /** Operands of an operation at a place: by the time that all are evaluated, `p` says the place. */
  operandsAt(place: Place, operands: readonly string[]): string[] {
    const setPlace = `p=${this.placeOf(place)}`;
    const placed = [...operands];
    const last = placed.findLastIndex((operand) => operand.includes('p='));
    if (last === -1) {
      placed[0] = `(${setPlace},${placed[0]})`;
    } else {
      const value = this.local();
      placed[last] = `(${value}=${placed[last]},${setPlace},${value})`;
    }
    return placed;
  }

  /** A new variable of the function being written. */
  local(): string {
    const name = this._tmpid();
    (this.scopes.at(-1) as FunctionScope).locals.push(name);
    return name;
  }

  /** A constant before all functions; the same code is hoisted once. */
  hoist(code: string): string {
    let name = this.hoisted.get(code);
    if (name === undefined) {
      name = this._tmpid();
      this.hoisted.set(code, name);
      this.preamble.push(`const ${name} = ${code};`);
    }
    return name;
  }

  /** A value that JavaScript cannot spell, as a constant. */
  constant(value: unknown): string {
    return this.hoist(`K[${this.constants.push(value) - 1}]`);
  }

  /** The code of a function whose body is written by `write`. It returns the output unless `write` returns itself. */
  functionCode(header: string, write: () => void): string {
    const outer = this.codebuf;
    const isOutermost = this.scopes.length === 0;
    if (isOutermost) this.contextVariables = new Map();
    this.codebuf = [];
    this.scopes.push({ locals: [], variables: new Map() });
    write();
    const { locals } = this.scopes.pop() as FunctionScope;
    const body = this.getCode();
    this.codebuf = outer;
    const resolved = isOutermost
      ? [...this.contextVariables].map(
          ([name, variable]) => `const ${variable} = resolve(context, ${quote(name)});\n`,
        )
      : [];
    const declared = ['p = 0', 'output = ""', ...locals].join(', ');
    return `${header} {\nlet ${declared};\ntry {\n${resolved.join('')}${body}} catch (error) { throw locate(error, T, p); }\n}`;
  }

  /** Binds an identifier to a JavaScript variable of the function being written. */
  bind(ident: string, variable: string): void {
    (this.scopes.at(-1) as FunctionScope).variables.set(ident, variable);
  }

  /** The JavaScript variable of an identifier. */
  variable(ident: string): string {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = this.scopes[i]?.variables.get(ident);
      if (found !== undefined) return found;
    }
    throw new Error(`identifier has no variable: ${ident}`);
  }

  variableOf(name: string, frame: Frame): string {
    return this.variable(frame.symbols.ref(name));
  }

  isContextVariable(variable: string): boolean {
    return variable.startsWith('c_');
  }

  private contextVariable(name: string): string {
    let variable = this.contextVariables.get(name);
    if (variable === undefined) {
      variable = `c_${this._tmpid()}`;
      this.contextVariables.set(name, variable);
    }
    return variable;
  }

  /** Gives every identifier of a scope a variable; what the scope only reads from the context is read once. */
  declare(frame: Frame): void {
    for (const [ident, load] of frame.symbols.loads) {
      const isRead = load.from === 'context' && !frame.symbols.stores.has(load.name);
      this.bind(ident, isRead ? this.contextVariable(load.name) : this.local());
    }
  }

  /** Gives the variables of a scope the values that they start with. */
  load(frame: Frame): void {
    for (const [ident, load] of frame.symbols.loads) {
      const variable = this.variable(ident);
      if (load.from === 'undefined') this._emitLine(`${variable} = MISSING;`);
      else if (load.from === 'outer') {
        this._emitLine(`${variable} = ${this.variable(load.ident)};`);
      } else if (load.from === 'context' && !this.isContextVariable(variable)) {
        this._emitLine(`${variable} = context.lookup(${quote(load.name)});`);
      }
    }
  }

  enter(frame: Frame): void {
    this.declare(frame);
    this.load(frame);
  }

  /**
   * Ends a scope: to a macro that was made in it and outlives it, its variables are undefined again, as in Jinja2.
   */
  leave(frame: Frame, body: readonly Statement[]): void {
    if (!body.some(holdsMacro)) return;
    for (const ident of frame.symbols.loads.keys()) {
      const variable = this.variable(ident);
      if (!this.isContextVariable(variable)) this._emitLine(`${variable} = MISSING;`);
    }
  }

  /** The variables set in a frame and around it, as a list of name and value, for a context of its own. */
  localVariables(frame: Frame): string {
    const pairs = [...frame.symbols.allStores()].map(
      ([name, ident]) => `[${quote(name)}, ${this.variable(ident)}]`,
    );
    return `[${pairs.join(', ')}]`;
  }

  /** The whole module: a function body that takes the runtime and gives the root and block functions. */
  module(functions: readonly string[], names: readonly string[]): string {
    return [
      '"use strict";',
      `const {${names.join(', ')}} = R;`,
      ...this.preamble,
      ...functions,
      `return { root, blocks: [${[...this.blocks.keys()].map((name, i) => `[${quote(name)}, block_${i}]`).join(', ')}] };`,
    ].join('\n');
  }
}

/** The function that writes a kind of node. */
export type Emit<T extends AnyNode['typename'], R> = (
  compiler: JinjaCompiler,
  node: NodeOf<T>,
  frame: Frame,
) => R;
