import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

interface Layer {
  readonly name: string;
  /** Files that belong to it; a file belongs to the first layer that matches. */
  readonly files: RegExp;
  /** Layers that it may import besides itself. */
  readonly imports: readonly string[];
}

const LAYERS: readonly Layer[] = [
  { name: 'wire', files: /^functions\/wire\//, imports: [] },
  { name: 'template', files: /^functions\/template\//, imports: [] },
  { name: 'core', files: /^functions\/core\//, imports: ['wire', 'template'] },
  {
    name: 'kubernetes',
    files: /^functions\/kubernetes\//,
    imports: ['wire', 'core', 'access'],
  },
  { name: 'access', files: /^functions\/access\//, imports: ['wire'] },
  { name: 'folder', files: /^functions\/folder\//, imports: ['wire', 'core'] },
  { name: 'renderer', files: /^functions\/renderer\//, imports: ['wire', 'core'] },
  {
    name: 'composition',
    files: /^functions\/(?:main|index|command-table)\.ts$|^functions\/command\//,
    imports: ['wire', 'core', 'folder', 'kubernetes', 'access', 'functions', 'server'],
  },
  {
    name: 'server',
    files: /^functions\/server\//,
    imports: ['wire', 'core', 'access', 'functions', 'routes'],
  },
  {
    name: 'browser',
    files: /^functions\/page\/browser\//,
    imports: ['core', 'shown'],
  },
  // What both the service and the browser write HTML by.
  {
    name: 'shown',
    files: /^functions\/page\/(?:html|origin-details)\.ts$/,
    imports: ['core'],
  },
  {
    name: 'routes',
    files: /^functions\/routes\//,
    imports: ['wire', 'core', 'access', 'functions'],
  },
  {
    name: 'functions',
    files: /^functions\//,
    imports: ['wire', 'core', 'renderer', 'access', 'shown'],
  },
  { name: 'reloader', files: /^reloader\//, imports: ['wire'] },
];

/** Where each package may be imported; any other package nowhere. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  express: /^functions\/server\/app\.ts$/,
  nunjucks: /^functions\/template\//,
  undici: /^functions\/kubernetes\/|^functions\/command\/(?:ask|rollout\/local)\.ts$|^reloader\//,
  diff: /^functions\/difference\//,
  'node-cron': /^functions\/wire\/schedule\.ts$/,
  'prom-client': /^functions\/routes\/metrics\.ts$/,
  yaml: /^functions\/core\/yaml\.ts$|^functions\/kubernetes\//,
};

/** Modules of Node that do no I/O: all that a pure layer may use. */
const PURE = /^node:(?:crypto|util|buffer|assert|url|path|zlib)$/;
const PURE_LAYERS = new Set(['template', 'core']);

const IMPORT =
  /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/gms;

/** Python's values print, compare and look up one another: their modules are recursive as the values are. */
const RECURSIVE = /^functions\/template\/values\//;

/** A macro has the context that it was made in, that one the state of its render, which has what is kept of macros. */
const ENTWINED = /^functions\/template\/runtime\//;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
  /** Only once it is needed. */
  readonly isLazy: boolean;
}

const root = join(import.meta.dirname, '..', '..');
const files = ['functions', 'reloader'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path}`),
);
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const edges: Edge[] = [...sources].flatMap(([from, text]) =>
  [...text.matchAll(IMPORT)].map(([, type, named, bare, dynamic]) => {
    const target = named ?? bare ?? dynamic ?? '';
    const to = target.startsWith('.') ? normalize(join(dirname(from), target)) : target;
    return { from, to, isType: type !== undefined, isLazy: dynamic !== undefined };
  }),
);

const layerOf = (file: string) =>
  LAYERS.find((layer) => layer.files.test(file)) ?? assert.fail(`${file} is in no layer`);
const isOurs = (target: string) => /^(?:functions|reloader|test)\//.test(target);
const show = ({ from, to }: Edge) => `${from} imports ${to}`;

test('there is something to look at', () => {
  assert.ok(files.length > 20 && edges.length > 50);
});

test('every import of our own goes down the layers, wire <- core <- functions <- routes <- server <- main', () => {
  const wrong = edges.filter(({ from, to }) => {
    if (!isOurs(to)) return false;
    const layer = layerOf(from);
    const target = sources.has(to) ? layerOf(to).name : 'nothing';
    return target !== layer.name && !layer.imports.includes(target);
  });
  assert.deepEqual(wrong.map(show), []);
});

test('each package is imported where it belongs, and nowhere else', () => {
  const wrong = edges.filter(({ from, to }) => {
    if (isOurs(to) || builtinModules.includes(to.replace(/^node:/, ''))) return false;
    const name = to.split('/', to.startsWith('@') ? 2 : 1).join('/');
    return !PACKAGES[name]?.test(from);
  });
  assert.deepEqual(wrong.map(show), []);
});

/** All that is loaded with a module. */
function loadedWith(entry: string): ReadonlySet<string> {
  const loaded = new Set([entry]);
  for (const file of loaded)
    for (const { from, to, isType, isLazy } of edges)
      if (from === file && !isType && !isLazy) loaded.add(to);
  return loaded;
}

test('the server loads nothing that renders, nor what reads files anything that speaks to an API server', () => {
  const server = loadedWith('functions/command/serve.ts');
  assert.ok(server.has('express'), 'it is looked up right');
  for (const unused of ['nunjucks', 'functions/core/render.ts', 'undici'])
    assert.ok(!server.has(unused), unused);
  assert.ok(!loadedWith('functions/command/files.ts').has('undici'));
  assert.ok(!loadedWith('functions/command/rollout/open.ts').has('nunjucks'));
});

test('core and template do no I/O', () => {
  const wrong = edges.filter(
    ({ from, to }) =>
      PURE_LAYERS.has(layerOf(from).name) && to.startsWith('node:') && !PURE.test(to),
  );
  assert.deepEqual(wrong.map(show), []);
});

test('only main.ts reads the environment', () => {
  const wrong = [...sources].filter(
    ([file, text]) => /\bprocess\.env\b/.test(text) && !/(?:^|\/)main\.ts$/.test(file),
  );
  assert.deepEqual(
    wrong.map(([file]) => file),
    [],
  );
});

/** The circles among modules, by the edges that count: each once, by the file that it is entered at. */
function circlesAmong(counting: readonly Edge[]): readonly string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of counting) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (path.includes(file) || done.has(file)) return;
    for (const target of next.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return circles;
}

const isWithin = (part: RegExp, { from, to }: Edge): boolean => part.test(from) && part.test(to);
const isRecursive = (edge: Edge): boolean => isWithin(RECURSIVE, edge);

test('no modules import each other in a circle', () => {
  const counting = edges.filter(({ isType, to }) => !isType && isOurs(to));
  assert.deepEqual(circlesAmong(counting.filter((edge) => !isRecursive(edge))), []);
});

test('nor do their types', () => {
  const counting = edges.filter(({ to }) => isOurs(to));
  const circles = counting.filter((edge) => !isRecursive(edge) && !isWithin(ENTWINED, edge));
  assert.deepEqual(circlesAmong(circles), []);
});
