import { readPath } from '../http/paths.ts';
import { readEnvAllow } from './template-env.ts';
import { form, type SettingTable } from '../wire/settings.ts';

/** The original's, which anybody can look up. */
export const DEFAULT_PASSWORD = 'IAmAnIdiotForNotChangingTheDefaultPassword';
const RESERVED = new Set(['ssldir', 'filesdir', 'wait']);

function readParams(text: string): readonly string[] {
  const names = form.list(text);
  const odd = names.find((name) => !/^[A-Za-z_]\w{0,31}$/.test(name) || RESERVED.has(name));
  if (odd !== undefined)
    throw new Error(
      `expected names that a template can use, other than ssldir, filesdir and wait; not ${JSON.stringify(odd)}`,
    );
  return names;
}

/** What templates see, and what a render may take. */
export const RENDERING = {
  templateDialect: {
    variable: 'TEMPLATE_DIALECT',
    value: 'jinja2|python2',
    meaning: 'jinja2 (3.1), or python2 for all of Jinja2 2.8 on Python 2.7',
    fallback: 'jinja2',
    parse: form.oneOf('jinja2', 'python2'),
  },
  unsafeValues: {
    variable: 'UNSAFE_VALUES',
    value: 'refuse|warn|off',
    meaning:
      'what to do with a service or pod whose value would become more than a value in the output: leave it out (refuse), warn, or off',
    fallback: 'refuse',
    parse: form.oneOf('refuse', 'warn', 'off'),
  },
  params: {
    variable: 'PARAMS',
    value: 'NAME,...',
    meaning: 'query parameters that pollers may set and the template sees as params, by commas',
    fallback: '',
    parse: readParams,
  },
  envAllow: {
    variable: 'ENV_ALLOW',
    value: 'NAME,...',
    meaning:
      'environment variables that the template sees as env; NAME* stands for all that begin with NAME. Never the credentials that the service runs on',
    fallback: '*',
    parse: readEnvAllow,
  },
  statisticsPassword: {
    variable: 'STATISTICS_PASSWORD',
    value: 'PASSWORD',
    meaning: 'password of the statistics page, as stats.password in the template',
    fallback: DEFAULT_PASSWORD,
    isSecret: true,
    parse: form.text,
  },
  sslDir: {
    variable: 'SSL_DIR',
    value: 'FOLDER',
    meaning: 'folder of certificates beside HAProxy, for pollers that name none',
    fallback: '/etc/haproxy/ssl',
    parse: readPath,
  },
  filesDir: {
    variable: 'FILES_DIR',
    value: 'FOLDER',
    meaning: 'folder of maps and other files beside HAProxy, for pollers that name none',
    fallback: '/etc/haproxy/files',
    parse: readPath,
  },
  renderDeadline: {
    variable: 'RENDER_DEADLINE',
    value: 'SECONDS',
    meaning: 'seconds after which a render is ended',
    fallback: '10',
    parse: form.seconds,
  },
  renderMemory: {
    variable: 'RENDER_MEMORY',
    value: 'MEGABYTES',
    meaning: 'megabytes that the renderer may use',
    fallback: '1024',
    parse: form.atLeastOne,
  },
  quietWindow: {
    variable: 'QUIET_WINDOW',
    value: 'SECONDS',
    meaning: 'seconds in which changes that follow one another are rendered together',
    fallback: '0.1',
    parse: form.seconds,
  },
} as const satisfies SettingTable;
