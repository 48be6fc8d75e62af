import {
  type AnyNode,
  childNodes,
  type Expression,
  type NodeOf,
  type Statement,
} from '../parser/nodes.ts';
import { type Place, SyntaxFault } from '../syntax-fault.ts';
import type { TracedParts } from '../trace/place.ts';
import type { Dialect } from '../values/dialect.ts';
import { repr } from '../values/print.ts';
import { Dependencies } from './dependencies.ts';
import type { Frame } from './frame.ts';
import { analyse } from './symbols.ts';
import { Assignments } from './variables.ts';
import { CodeWriter, quote } from './writer.ts';

/** Nested deeper, the JavaScript made of an expression would exhaust V8's stack. */
const MAX_DEPTH = 300;

/** What the template is compiled for, and what it may use. */
export interface CompileTarget {
  /** The template's name in messages; a template made from a string has none. */
  readonly name: string | undefined;
  readonly dialect: Dialect;
  /** Where it is to be traced: takes the places that give output. `A` is the trace in generated code. */
  readonly traced?: TracedParts | undefined;
  readonly hasFilter: (name: string) => boolean;
  readonly hasTest: (name: string) => boolean;
  /** The nearest name that exists, as a hint. */
  readonly suggest: (kind: 'filter' | 'test', name: string) => string | undefined;
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

/**
 * Writes a template as JavaScript. The structure is that of Jinja2's CodeGenerator, since scopes
 * and line numbers must come out the same; what is written differs: variables are JavaScript locals, `output` is a string.
 */
export class JinjaCompiler extends CodeWriter {
  readonly target: CompileTarget;
  readonly blocks = new Map<string, NodeOf<'Block'>>();
  /** Names set at the top level by the statement being compiled. */
  readonly assigned: Set<string>[] = [];
  /** Parameters of macros that have no value yet, while their defaults are compiled. */
  readonly unsetParameters: Set<string>[] = [];
  /** The variables that are always a `Loop` of the runtime, and the loop's own variable: some are aliases. */
  readonly loops = new Map<string, string>();
  /** What is being found out about the code being written: the loop bodies and macros around it. */
  readonly tracked: Dependencies[] = [];
  /** How many loops are around the code being written. */
  loopDepth = 0;
  /** How many loops have their rounds kept. */
  memoSites = 0;
  /** What the code being written hangs on. */
  readonly conditions: Expression[] = [];
  /** Of the template that is traced. */
  assignments = new Assignments();
  usesAutoescape = false;
  extendsSoFar = 0;
  hasKnownExtends = false;
  private readonly emitters: Emitters;
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

  /** The JavaScript variable of an identifier; whoever asks is about to use it. */
  variable(ident: string): string {
    const variable = this.find(ident);
    for (const dependencies of this.tracked) dependencies.use(variable);
    return variable;
  }

  private find(ident: string): string {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = this.scopes[i]?.variables.get(ident);
      if (found !== undefined) return found;
    }
    throw new Error(`identifier has no variable: ${ident}`);
  }

  variableOf(name: string, frame: Frame): string {
    return this.variable(frame.symbols.ref(name));
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

  /** Runs `write`, and finds out what the code that it writes depends on. */
  track(write: () => void, start = this.lastId): Dependencies {
    const dependencies = new Dependencies(start);
    this.tracked.push(dependencies);
    write();
    this.tracked.pop();
    return dependencies;
  }

  /** Whether what a frame gives is the next of what its root or block function gives. */
  givesNext(frame: Frame): boolean {
    return this.isInOutermostFunction && frame.buffer === 'output' && !frame.requireOutputCheck;
  }

  /** Notes that the code being written does more than give text: its result cannot be kept. */
  noteImpure(): void {
    for (const dependencies of this.tracked) dependencies.isPure = false;
  }

  /** Notes that a field of a loop is used; without a field, that the loop is used as a value. */
  noteLoop(variable: string, field?: string): void {
    const loop = this.loops.get(variable);
    if (loop === undefined) return;
    for (const dependencies of this.tracked) dependencies.useLoop(loop, field);
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
