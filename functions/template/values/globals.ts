import { Cycler, Joiner } from './classes/cycler.ts';
import type { Dialect } from './dialect.ts';
import { Dict } from './classes/dict.ts';
import type { Kwargs } from './classes/kwargs.ts';
import { checkItems, MAX_RANGE } from './limits.ts';
import { type LipsumOptions, lipsum } from './lipsum.ts';
import { pairsOf } from './methods/dict.ts';
import { requireIndex } from './methods/method.ts';
import { Namespace } from './classes/namespace.ts';
import { type Callable, NativeClass, NativeFunction } from './classes/object.ts';
import { PythonError, typeError, valueError } from './python-error.ts';
import { Range } from './classes/range.ts';
import { bind } from './signature.ts';
import { truth } from './truth.ts';

export interface GlobalsOptions {
  readonly dialect: Dialect;
  readonly random: () => number;
}

function makeRange(args: readonly unknown[], kwargs?: Kwargs): Range {
  if (kwargs !== undefined && kwargs.size > 0)
    throw typeError('range() takes no keyword arguments');
  if (args.length === 0) throw typeError('range expected at least 1 argument, got 0');
  if (args.length > 3) throw typeError(`range expected at most 3 arguments, got ${args.length}`);
  const [first = 0, second, step = 1] = args.map(requireIndex);
  if (step === 0) throw valueError('range() arg 3 must not be zero');
  const range = second === undefined ? new Range(0, first, 1) : new Range(first, second, step);
  if (range.length > MAX_RANGE) {
    throw new PythonError(
      'OverflowError',
      `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MAX_RANGE}).`,
    );
  }
  return range;
}

function makeDict(args: readonly unknown[], kwargs?: Kwargs): Dict {
  if (args.length > 1) throw typeError(`dict expected at most 1 argument, got ${args.length}`);
  return new Dict([...(args.length > 0 ? pairsOf(args[0]) : []), ...(kwargs ?? [])]);
}

const LIPSUM = { name: 'generate_lorem_ipsum', params: ['n', 'html', 'min', 'max'], required: 0 };

function makeLipsum(random: () => number): NativeFunction {
  return new NativeFunction(
    'generate_lorem_ipsum',
    (args, kwargs) => {
      const [n = 5, html = true, min = 20, max = 100] = bind(LIPSUM, args, kwargs);
      const options: LipsumOptions = {
        paragraphs: requireIndex(n),
        html: truth(html),
        min: requireIndex(min),
        max: requireIndex(max),
      };
      checkItems(options.paragraphs * options.max);
      return lipsum(options, random);
    },
    '<function generate_lorem_ipsum at 0x7f0000000000>',
    'function',
  );
}

/** The global functions of Jinja2 3.1 (Template Designer Documentation, "List of Global Functions"). */
export function makeGlobals({
  dialect,
  random,
}: GlobalsOptions): Readonly<Record<string, Callable>> {
  const rangeName = dialect === 'python2' ? 'xrange' : 'range';
  return Object.freeze(
    Object.assign(Object.create(null), {
      range: new NativeClass(rangeName, makeRange),
      dict: new NativeClass('dict', makeDict),
      lipsum: makeLipsum(random),
      cycler: new NativeClass('jinja2.utils.Cycler', (args) => new Cycler(args)),
      joiner: new NativeClass('jinja2.utils.Joiner', (args, kwargs) => {
        const [separator = ', '] = bind(JOINER, args, kwargs);
        return new Joiner(separator);
      }),
      namespace: new NativeClass(
        'jinja2.utils.Namespace',
        (args, kwargs) => new Namespace(makeDict(args, kwargs)),
      ),
    }),
  );
}

const JOINER = { name: 'Joiner.__init__', params: ['sep'], required: 0, hidden: 1 };
