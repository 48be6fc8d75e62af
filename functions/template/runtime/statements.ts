import { repr } from '../values/print.ts';
import { PythonError } from '../values/python-error.ts';
import { Undefined } from '../values/classes/undefined.ts';
import { Context, type RenderFunction } from './context.ts';
import { Loop, type Recurse } from './loop.ts';
import { Macro, type MacroParts, type MacroShape } from './macro.ts';
import type { Step } from '../trace/place.ts';
import { MISSING } from './missing.ts';
import { BlockReference, TemplateModule, TemplateReference } from './references.ts';
import {
  type Compiled,
  type FindTemplate,
  getTemplate,
  isNotFound,
  selectTemplate,
} from './selection.ts';

type Locals = readonly (readonly [string, unknown])[];

const runtimeError = (message: string): PythonError =>
  new PythonError('TemplateRuntimeError', message);

/** A context for another template: with the variables of this one, or with the globals alone. */
function contextFor(template: Compiled, context: Context, locals: Locals | undefined): Context {
  return new Context({
    parent: locals === undefined ? context.state.globals : context.all(locals),
    name: template.name,
    blocks: template.blocks,
    state: context.state,
  });
}

function makeModule(
  template: Compiled,
  context: Context,
  locals: Locals | undefined,
): TemplateModule {
  const own = contextFor(template, context, locals);
  const { state } = context;
  const { name } = template;
  const run = () => state.nested(() => template.root(own));
  const text = state.trace ? state.trace.call({ kind: 'import', name }, [], run) : run();
  return new TemplateModule({ template, context: own, text });
}

/** The module of a template without context: made once a render. */
function defaultModule(template: Compiled, context: Context): TemplateModule {
  const known = context.state.modules.get(template);
  if (known !== undefined) return known;
  const made = makeModule(template, context, undefined);
  context.state.modules.set(template, made);
  return made;
}

/** Runs what gives text right here, and lets a trace know. */
function inPlace(
  { state }: Context,
  { kind, name }: Pick<Step, 'kind' | 'name'>,
  run: () => string,
): string {
  return state.trace ? state.trace.within(kind, name, run) : run();
}

interface Including {
  readonly ignoreMissing: boolean;
  /** The variables around it, where it is given them. */
  readonly locals: Locals | undefined;
  /** Whether its text is the next of what the template gives. */
  readonly isNext: boolean;
}

/** The operations of statements, as compiled templates name them. */
export function statements(find: FindTemplate): Record<string, unknown> {
  return {
    resolve: (context: Context, name: string) => {
      const value = context.lookup(name);
      return value === MISSING ? Undefined.variable(name) : value;
    },
    startLoop: (
      { state }: Context,
      items: unknown,
      test?: (item: unknown) => boolean,
      recurse?: Recurse,
      depth0 = 0,
    ) => new Loop(items, { test, recurse, depth0, state }),
    checkOutput: ({ state }: Context, text: string) => state.checkOutput(text),
    capture: ({ state }: Context, text: string) => {
      state.checkOutput(text);
      return text;
    },
    macro: (
      context: Context,
      body: MacroParts['body'],
      shape: MacroShape,
      free: MacroParts['free'],
    ) => new Macro({ context, body, shape, free }),
    extend: (context: Context, wanted: unknown) => {
      const parent = getTemplate(find, wanted);
      for (const [name, block] of parent.blocks) {
        const stack = context.blocks.get(name);
        if (stack === undefined) context.blocks.set(name, [block]);
        else stack.push(block);
      }
      return parent;
    },
    renderParent: (context: Context, parent: Compiled) =>
      inPlace(context, { kind: 'extends', name: parent.name }, () =>
        context.state.nested(() => parent.root(context), true),
      ),
    renderBlock: (context: Context, name: string, isNext: boolean) =>
      inPlace(context, { kind: 'block', name }, () =>
        context.state.within(isNext, () => context.block(name)(context)),
      ),
    extendedTwice: () => {
      throw runtimeError('extended multiple times');
    },
    requireBlock: (context: Context, name: string) => {
      if ((context.blocks.get(name)?.length ?? 0) <= 1) {
        throw runtimeError(`Required block ${repr(name)} not found`);
      }
    },
    superBlock: (context: Context, name: string, current: RenderFunction) => {
      const stack = context.blocks.get(name) ?? [];
      const index = stack.indexOf(current);
      const depth = index === -1 ? stack.length : index + 1;
      return BlockReference.at(name, context, { stack, depth });
    },
    templateReference: (context: Context) => new TemplateReference(context),
    include: (context: Context, wanted: unknown, { ignoreMissing, locals, isNext }: Including) => {
      let template: Compiled;
      try {
        template = selectTemplate(find, wanted);
      } catch (error) {
        if (ignoreMissing && isNotFound(error)) return '';
        throw error;
      }
      const { state } = context;
      if (locals === undefined) {
        const { text } = defaultModule(template, context);
        return state.trace ? state.trace.again(text) : text;
      }
      const own = contextFor(template, context, locals);
      return inPlace(context, { kind: 'include', name: template.name }, () =>
        state.nested(() => template.root(own), isNext),
      );
    },
    importModule: (context: Context, wanted: unknown, locals?: Locals) => {
      const template = getTemplate(find, wanted);
      return locals === undefined
        ? defaultModule(template, context)
        : makeModule(template, context, locals);
    },
    importName: (module: TemplateModule, name: string, position: string) =>
      module.attribute(name) ??
      Undefined.because(
        `the template ${repr(module.name ?? null)} (imported on ${position}) does not export the requested name ${repr(name)}`,
      ),
    unknown: (kind: string, name: string) => () => {
      throw runtimeError(`No ${kind} named ${repr(name)} found.`);
    },
  };
}
