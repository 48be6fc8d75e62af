import { hashKey } from '../values/classes/dict.ts';
import { plain } from '../values/text/foreign.ts';
import { iterate } from '../values/iteration.ts';
import { str } from '../values/print.ts';
import { PythonError } from '../values/python-error.ts';
import { truth } from '../values/truth.ts';
import { Undefined } from '../values/classes/undefined.ts';
import type { RenderFunction } from './context.ts';

/** A compiled template, as other templates use it. */
export interface Compiled {
  readonly name: string | undefined;
  readonly root: RenderFunction;
  readonly blocks: readonly (readonly [string, RenderFunction])[];
}

/**
 * Finds the template of a name, which need not be text; undefined where there is none.
 *
 * @throws PythonError where there are no other templates at all; LocatedError where it does not compile
 */
export type FindTemplate = (name: unknown) => Compiled | undefined;

function find(findTemplate: FindTemplate, name: unknown): Compiled | undefined {
  const found = findTemplate(typeof name === 'string' ? plain(name) : name);
  // Jinja2 looks the name up in a cache, whatever it is.
  hashKey(name);
  return found;
}

/** `Environment.get_template`: the template of a name. @throws PythonError where there is none */
export function getTemplate(findTemplate: FindTemplate, name: unknown): Compiled {
  const found = find(findTemplate, name);
  if (found !== undefined) return found;
  if (name instanceof Undefined) throw name.error();
  throw new PythonError('TemplateNotFound', str(name));
}

const nameInMessage = (name: unknown): string =>
  name instanceof Undefined ? name.message : str(name);

/** `Environment.get_or_select_template`: also the first that exists of several names. @throws PythonError */
export function selectTemplate(findTemplate: FindTemplate, wanted: unknown): Compiled {
  if (typeof wanted === 'string' || wanted instanceof Undefined)
    return getTemplate(findTemplate, wanted);
  const names = truth(wanted) ? [...iterate(wanted)] : [];
  for (const name of names) {
    const found = find(findTemplate, name);
    if (found !== undefined) return found;
  }
  const message =
    names.length === 0
      ? 'Tried to select from an empty list of templates.'
      : `none of the templates given were found: ${names.map(nameInMessage).join(', ')}`;
  throw new PythonError('TemplatesNotFound', message);
}

export const isNotFound = (error: unknown): boolean =>
  error instanceof PythonError &&
  (error.type === 'TemplateNotFound' || error.type === 'TemplatesNotFound');
