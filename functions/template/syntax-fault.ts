import { PythonError } from './values/python-error.ts';

/** A place in a template's source: both counted from 1. */
export interface Place {
  readonly lineno: number;
  readonly colno: number;
}

/** What the lexer, parser or compiler refuses, and where: Jinja2's message, and a hint of our own. */
export class SyntaxFault extends PythonError {
  readonly place: Place;
  readonly hint: string | undefined;

  constructor(
    message: string,
    place: Place,
    { type = 'TemplateSyntaxError', hint }: { type?: string; hint?: string | undefined } = {},
  ) {
    super(type, message);
    this.place = place;
    this.hint = hint;
  }
}
