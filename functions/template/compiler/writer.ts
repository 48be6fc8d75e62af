import { Compiler } from '../nunjucks.ts';
import type { Place } from '../syntax-fault.ts';

/** One JavaScript function being written: its variables are declared at its top. */
interface FunctionScope {
  readonly locals: string[];
  /** The variable that holds each identifier of the template. */
  readonly variables: Map<string, string>;
}

/** Text as a JavaScript literal: whatever a template holds enters generated code through here. */
export const quote = (text: string): string => JSON.stringify(text);

/** Writes JavaScript by nunjucks's Compiler: functions, their variables, constants, and places for errors. */
export class CodeWriter extends Compiler {
  /** The places that runtime errors may name; generated code keeps an index into it in `p`. */
  readonly places: Place[] = [{ lineno: 1, colno: 1 }];
  readonly constants: unknown[] = [];
  protected readonly preamble: string[] = [];
  protected readonly scopes: FunctionScope[] = [];
  private readonly hoisted = new Map<string, string>();
  private readonly placeIndex = new Map<string, number>();
  /** The names that the outermost function takes from the context once, where it starts. */
  private contextVariables = new Map<string, string>();
  private statement: Place = { lineno: 1, colno: 1 };

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

  /** Whether the code being written is in a root or block function itself, in no function within it. */
  get isInOutermostFunction(): boolean {
    return this.scopes.length === 1;
  }

  /** The code that `write` writes, instead of writing it. */
  code(write: () => void): string {
    const outer = this.codebuf;
    this.codebuf = [];
    write();
    const code = this.getCode();
    this.codebuf = outer;
    return code;
  }

  /** The code of a function whose body is written by `write`. It returns the output unless `write` returns itself. */
  functionCode(header: string, write: () => void): string {
    const isOutermost = this.scopes.length === 0;
    if (isOutermost) this.contextVariables = new Map();
    this.scopes.push({ locals: [], variables: new Map() });
    const body = this.code(write);
    const { locals } = this.scopes.pop() as FunctionScope;
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

  isContextVariable(variable: string): boolean {
    return variable.startsWith('c_');
  }

  protected contextVariable(name: string): string {
    let variable = this.contextVariables.get(name);
    if (variable === undefined) {
      variable = `c_${this._tmpid()}`;
      this.contextVariables.set(name, variable);
    }
    return variable;
  }
}
