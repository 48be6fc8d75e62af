import type { Alert } from '../wire/alerts.ts';
import { type Bundle, CONFIG_PATH } from '../wire/bundle.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `$NAME` and `${NAME}`, as HAProxy reads them; not `${NAME-default}`, which needs no variable. */
const READ = /(?<!\\)\$(?:\{(\w+)(?:\[\*\])?\}|([A-Za-z_]\w*))/g;
/** What a configuration sets for its own later lines. */
const SET = /^[ \t]*(?:setenv|presetenv)[ \t]+(\w+)/gm;
/** HAProxy sets these itself. */
const OWN = /^HAPROXY_/;

/**
 * The variables that lines of haproxy.cfg read which these alerts are about, where neither the environment nor the
 * configuration sets them: HAProxy took them to be empty.
 */
export function unsetVariables(
  alerts: readonly Alert[],
  { files }: Pick<Bundle, 'files'>,
  env: Environment,
): readonly string[] {
  const text = files.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
  const lines = text.split('\n');
  const set = new Set([...text.matchAll(SET)].map(([, name]) => name));
  const read = alerts
    .filter(({ file }) => file === CONFIG_PATH)
    .flatMap(({ line = 0 }) => [...(lines[line - 1] ?? '').matchAll(READ)])
    .map(([, inBraces, bare]) => inBraces ?? bare ?? '');
  return [...new Set(read)].filter(
    (name) => env[name] === undefined && !set.has(name) && !OWN.test(name),
  );
}
