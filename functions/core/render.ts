import { type CompiledTemplate, compile, RenderMemo } from '../template/index.ts';
import { CONFIG_PATH, isBundlePath } from '../wire/bundle.ts';
import { objectOf } from '../template/json/index.ts';
import { findBareNames } from './bare-names.ts';
import { type Diagnostic, sortDiagnostics } from './diagnostics.ts';
import { createRandom } from './random.ts';
import { freeze } from './materialise.ts';
import type { Snapshot } from './snapshot.ts';
import { toDiagnostic, toWarning } from './template-diagnostic.ts';

export type Dialect = 'jinja2' | 'python2';

/** What a render depends on beside the snapshot, the same for all pollers. */
export interface RenderSettings {
  readonly namespace: string;
  readonly dialect: Dialect;
  /** What templates see as `env`. */
  readonly env: Readonly<Record<string, string>>;
  /** What templates see as `stats.password`. */
  readonly statisticsPassword: string;
}

/** What differs between pollers; see `Variant` of the HTTP functions. */
export interface RenderVariant {
  readonly sslDir: string;
  readonly filesDir: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A rendered file, without mode and hash. */
export interface RenderedFile {
  readonly path: string;
  readonly content: string;
}

export type Rendering =
  | {
      readonly kind: 'rendered';
      readonly files: readonly RenderedFile[];
      /** Certificates that the render saw: each is delivered as `NAME.pem`. */
      readonly certificates: readonly string[];
      /** Those of them that the configuration names without `.pem`: delivered under that name too. */
      readonly bareNames: readonly string[];
      readonly diagnostics: readonly Diagnostic[];
    }
  /** Something failed: `failure` says what; nothing new may be served. */
  | {
      readonly kind: 'failed';
      readonly failure: Diagnostic;
      readonly diagnostics: readonly Diagnostic[];
    }
  /** An object that a render needs is not there. */
  | {
      readonly kind: 'incomplete';
      readonly failure: Diagnostic;
      readonly diagnostics: readonly Diagnostic[];
    };

const FILE_KEY = 'files.';

/** What renders of one variant share: the same objects each time, and what can be used again of the last render. */
interface Shared {
  readonly context: Readonly<Record<string, unknown>>;
  readonly memo: RenderMemo;
}

/** Beyond so many variants, what was kept of all of them is forgotten. */
const MOST_SHARED = 1000;

/** Renders snapshots, reusing what did not change from one to the next. */
export interface RenderEngine {
  render(snapshot: Snapshot, variant: RenderVariant): Rendering;
}

function missing(namespace: string, snapshot: Snapshot): Diagnostic | undefined {
  const lacks = (object: string, message: string, hint: string, key?: string): Diagnostic => ({
    severity: 'error',
    code: 'input-missing',
    message,
    hint,
    where: { object: `configmaps/${namespace}/${object}`, ...(key === undefined ? {} : { key }) },
  });
  const create = (name: string, literal: string) =>
    `Create it: kubectl -n ${namespace} create configmap ${name} ${literal}`;
  if (!snapshot.hasServices)
    return lacks(
      'services',
      `there is no ConfigMap services in namespace ${namespace}`,
      create('services', `--from-literal=web='{"namespace":"default","selector":{"app":"web"}}'`),
    );
  if (snapshot.config === undefined || !Object.hasOwn(snapshot.config, 'template'))
    return lacks(
      'config',
      `there is no ConfigMap config with the key template in namespace ${namespace}`,
      create('config', '--from-file=template=haproxy.cfg.j2'),
      'template',
    );
  return undefined;
}

/**
 * HAProxy refuses a configuration or a crt-list whose last line has no line feed, and Jinja2 drops a template's last
 * one: the configuration always ends with one, any other file where its source does.
 */
function withLastLineFeed(
  content: string,
  { path, source }: { path: string; source: string },
): string {
  const isWanted = path === CONFIG_PATH || (content !== '' && source.endsWith('\n'));
  return isWanted && !content.endsWith('\n') ? `${content}\n` : content;
}

interface Delivered {
  readonly key: string;
  readonly path: string;
}

function deliveredFiles(config: Readonly<Record<string, string>>): readonly Delivered[] {
  const keys = Object.keys(config).sort();
  const files = keys.filter((key) => key.startsWith(FILE_KEY));
  return [
    { key: 'template', path: CONFIG_PATH },
    ...files.map((key) => ({ key, path: `files/${key.slice(FILE_KEY.length)}` })),
  ];
}

function badName(object: string, { key, path }: Delivered): Diagnostic | undefined {
  if (isBundlePath(path)) return undefined;
  return {
    severity: 'error',
    code: 'file-name',
    message: `${key} is left out: ${JSON.stringify(key.slice(FILE_KEY.length))} is no file name`,
    hint: 'Let the name start with a letter or a digit: files.hosts.map is delivered as hosts.map.',
    where: { object, key },
  };
}

/** A render engine for one configuration namespace. It keeps compiled templates as long as their sources hold. */
export function createRenderEngine(settings: RenderSettings): RenderEngine {
  const object = `configmaps/${settings.namespace}/config`;
  const stats = Object.freeze({ username: 'stats', password: settings.statisticsPassword });
  const env = freeze(objectOf(new Map(Object.entries(settings.env).sort())));
  const random = createRandom();
  const shared = new Map<string, Shared>();
  let compiled = new Map<string, CompiledTemplate>();
  let compiledFrom: Snapshot['config'];

  function templateOf(config: Readonly<Record<string, string>>, key: string): CompiledTemplate {
    if (compiledFrom !== config) compiled = new Map();
    compiledFrom = config;
    const known = compiled.get(key);
    if (known) return known;
    const template = compile(config[key] ?? '', {
      name: key,
      dialect: settings.dialect,
      random: random.next,
      templates: (name) => (Object.hasOwn(config, name) ? config[name] : undefined),
    });
    compiled.set(key, template);
    return template;
  }

  function sharedOf({ sslDir, filesDir, params }: RenderVariant): Shared {
    const key = JSON.stringify([sslDir, filesDir, params]);
    const known = shared.get(key);
    if (known) return known;
    if (shared.size >= MOST_SHARED) shared.clear();
    const own = { ssldir: sslDir, filesdir: filesDir, params: Object.freeze({ ...params }) };
    const made = { context: { ...own, stats, env }, memo: new RenderMemo() };
    shared.set(key, made);
    return made;
  }

  function renderAll(snapshot: Snapshot, variant: RenderVariant): Rendering {
    const config = snapshot.config ?? {};
    const { services, certificates } = snapshot;
    const { context: own, memo } = sharedOf(variant);
    const context = { services, certificates, ...own };
    const diagnostics: Diagnostic[] = [...snapshot.diagnostics];
    const files: RenderedFile[] = [];
    for (const file of deliveredFiles(config)) {
      const bad = badName(object, file);
      if (bad) {
        diagnostics.push(bad);
        continue;
      }
      try {
        const template = templateOf(config, file.key);
        random.restart();
        const content = template.render(context, { memo });
        const { path, key } = file;
        const source = config[key] ?? '';
        files.push({ path, content: withLastLineFeed(content, { path, source }) });
        diagnostics.push(
          ...template.diagnostics.map((warning) =>
            toWarning(warning, { object, dialect: settings.dialect }),
          ),
        );
      } catch (error) {
        const failure = toDiagnostic(error, object);
        return { kind: 'failed', failure, diagnostics: sortDiagnostics([...diagnostics, failure]) };
      }
    }
    const bareNames = findBareNames(files, variant.sslDir, certificates);
    return {
      kind: 'rendered',
      files,
      certificates,
      bareNames,
      diagnostics: sortDiagnostics(diagnostics),
    };
  }

  return {
    render(snapshot, variant) {
      const failure = missing(settings.namespace, snapshot);
      if (!failure) return renderAll(snapshot, variant);
      const diagnostics = sortDiagnostics([...snapshot.diagnostics, failure]);
      return { kind: 'incomplete', failure, diagnostics };
    },
  };
}
