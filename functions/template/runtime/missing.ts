/** The value of a variable that has none: Jinja2's `missing`. */
export const MISSING: unique symbol = Symbol('missing');
