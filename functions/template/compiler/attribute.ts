import { attributeOf, Dict } from '../values/index.ts';
import type { JinjaCompiler } from './compiler.ts';
import { quote } from './writer.ts';

/** Attributes of JavaScript's own objects, which a plain property read would find in their prototype. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Whether a dict has a method of the name, in some dialect: there the method comes before the item. */
export const isDictMethod = (name: string): boolean =>
  attributeOf(new Dict(), name, 'jinja2') !== undefined ||
  attributeOf(new Dict(), name, 'python2') !== undefined;

/**
 * A function that reads an attribute of one name. For what JSON makes an object of, it is a plain property read, each
 * name with code of its own so that V8 learns the shapes it meets; everything else goes the way of `getattr`.
 */
export function attributeGetter(compiler: JinjaCompiler, name: string): string {
  const key = quote(name);
  if (INHERITED.has(name) || name.startsWith('__') || isDictMethod(name)) {
    return compiler.hoist(`(object) => getattr(object, ${key})`);
  }
  return compiler.hoist(
    `(object) => { if (isPlain(object)) { const value = object[${key}]; if (value !== undefined) return value; } return getattr(object, ${key}); }`,
  );
}
