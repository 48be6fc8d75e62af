const PATH = /^(?:\/[A-Za-z0-9_.@+=,~-]+)+\/*$/;

/**
 * Reads an absolute path that may stand in a configuration without quoting. Slashes at its end are dropped, since
 * templates add their own.
 *
 * @throws Error whose message says what form is expected
 */
export function readPath(text: string): string {
  const isPath = text.length <= 255 && PATH.test(text) && !/\/\.{1,2}(?:\/|$)/.test(text);
  if (!isPath)
    throw new Error(
      'expected an absolute path of letters, digits and _.@+=,~- without . and .. as parts',
    );
  return text.replace(/\/+$/, '');
}
