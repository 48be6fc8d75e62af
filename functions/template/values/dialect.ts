/**
 * Whose semantics a template has: `jinja2` is Jinja2 3.1 on Python 3, `python2` is Jinja2 2.8 on Python 2.7.
 * Chosen at compile time and passed along, never kept in a variable of a module.
 */
export type Dialect = 'jinja2' | 'python2';
