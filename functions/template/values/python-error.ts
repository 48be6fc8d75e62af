/** What Python or Jinja2 would raise: `type` is the exception's class name, `message` its exact text. */
export class PythonError extends Error {
  readonly type: string;
  /** The value that the error is about, where it is an undefined one. */
  subject: unknown;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
    this.name = type;
  }
}

export const typeError = (message: string): PythonError => new PythonError('TypeError', message);
export const valueError = (message: string): PythonError => new PythonError('ValueError', message);
export const undefinedError = (message: string): PythonError =>
  new PythonError('UndefinedError', message);
