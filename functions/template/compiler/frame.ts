import { Symbols } from './symbols.ts';

/** Whether output is escaped: known at compile time, or `volatile`, decided when the template runs. */
export type Autoescape = boolean | 'volatile';

/** What the compiler knows at one place of a template: `Frame` of Jinja2's compiler. */
export class Frame {
  readonly symbols: Symbols;
  /** The JavaScript variable that output is added to. */
  buffer = 'output';
  /** Output here depends on whether an `extends` was met before. */
  requireOutputCheck = false;
  /** The outermost scope, or an `if` in it. */
  toplevel = false;
  /** The outermost scope itself. */
  rootlevel = false;
  loopFrame = false;
  /** In a loop's scope: how often each name is set anywhere in its body. */
  assignments: ReadonlyMap<string, number> = new Map();
  blockFrame = false;
  /** In an `if`: unknown filters and tests fail only when they run. */
  softFrame = false;
  autoescape: Autoescape = false;

  constructor(symbols: Symbols = new Symbols(undefined)) {
    this.symbols = symbols;
  }

  /** A scope inside of this one. */
  inner(): Frame {
    const frame = new Frame(new Symbols(this.symbols));
    frame.buffer = this.buffer;
    frame.requireOutputCheck = this.requireOutputCheck;
    frame.autoescape = this.autoescape;
    return frame;
  }

  /** The same scope within an `if`. */
  soft(): Frame {
    const frame = Object.assign(new Frame(this.symbols.copy()), {
      ...this,
      symbols: this.symbols.copy(),
    });
    frame.rootlevel = false;
    frame.softFrame = true;
    return frame;
  }
}
