import { Fragment } from '../template/fragment.ts';
import { CONFIG_PATH, isBundlePath } from '../wire/bundle.ts';
import type { Diagnostic } from './diagnostics.ts';

const FILE_KEY = 'files.';
const LINE_FEED = new Fragment('\n');

/**
 * HAProxy refuses a configuration or a crt-list whose last line has no line feed, and Jinja2 drops a template's last
 * one: the configuration always ends with one, any other file where its source does.
 */
export function withLastLineFeed(
  content: readonly Fragment[],
  { path, source }: { path: string; source: string },
): readonly Fragment[] {
  const isWanted = path === CONFIG_PATH || (content.length > 0 && source.endsWith('\n'));
  return isWanted && !content.at(-1)?.text.endsWith('\n') ? [...content, LINE_FEED] : content;
}

/** A key of ConfigMap `config` that is delivered, and where. */
export interface Delivered {
  readonly key: string;
  readonly path: string;
}

/** What of ConfigMap `config` is delivered, the configuration first. */
export function deliveredFiles(config: Readonly<Record<string, string>>): readonly Delivered[] {
  const keys = Object.keys(config).sort();
  const files = keys.filter((key) => key.startsWith(FILE_KEY));
  return [
    { key: 'template', path: CONFIG_PATH },
    ...files.map((key) => ({ key, path: `files/${key.slice(FILE_KEY.length)}` })),
  ];
}

/** Why a key cannot be delivered under its name. */
export function badName(object: string, { key, path }: Delivered): Diagnostic | undefined {
  if (isBundlePath(path)) return undefined;
  return {
    severity: 'error',
    code: 'file-name',
    message: `${key} is left out: ${JSON.stringify(key.slice(FILE_KEY.length))} is not a file name`,
    hint: 'Let the name start with a letter or a digit: files.hosts.map is delivered as hosts.map.',
    where: { object, key },
  };
}
