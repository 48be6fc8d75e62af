/**
 * The parts of nunjucks that this engine is built on, with the types that `@types/nunjucks` leaves out: `parser`,
 * `compiler` and `nodes` are public exports of nunjucks 3.2.
 */
import nunjucks from 'nunjucks';

interface NodeInstance {
  readonly typename: string;
  readonly fields: readonly string[];
  lineno: number;
  colno: number;
}

/** A node class of nunjucks: made with a position, and extended with a name and its fields. */
export interface NodeClass {
  new (lineno: number, colno: number, ...fields: unknown[]): NodeInstance;
  extend(typename: string, properties?: { fields: string[] }): NodeClass;
}

declare module 'nunjucks' {
  namespace parser {
    class Parser {
      constructor(tokens: unknown);
    }
  }

  namespace compiler {
    class Compiler {
      constructor(templateName: string, throwOnUndefined?: boolean);
      readonly templateName: string;
      codebuf: string[];
      lastId: number;
      buffer: string | null;
      _emit(code: string): void;
      _emitLine(code: string): void;
      _tmpid(): string;
      compile(node: object, frame: object): void;
      getCode(): string;
    }
  }

  const nodes: Readonly<Record<string, NodeClass>>;

  interface Template {
    readonly env: Environment;
    readonly path: string;
    readonly tmplStr: string;
    compiled: boolean;
    compile(): void;
    _compile(): void;
  }
}

export const { Environment, Template } = nunjucks;
export const { Parser } = nunjucks.parser;
export const { Compiler } = nunjucks.compiler;
export const { nodes } = nunjucks;

/**
 * nunjucks makes a class of String.prototype, whereupon V8 keeps the methods of all texts as a dictionary, and no call of
 * `charCodeAt` and its like is inlined any more. Storing a member in an object with that prototype ends it.
 */
const text: { stored?: boolean } = Object.create(String.prototype);
text.stored = true;
