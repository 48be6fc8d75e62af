/**
 * Mutated values over templates: what is delivered has the structure that it has with harmless values, or the entry of the
 * value is left out.
 */
import assert from 'node:assert/strict';
import { createInventory } from '../../../functions/core/inventory.ts';
import { createRenderEngine, type Rendering } from '../../../functions/core/render.ts';
import { entriesOf, parseJson } from '../../../functions/template/json/index.ts';
import { configMap, put } from '../../kit/objects.ts';
import { SETTINGS, VARIANT } from '../../kit/rendering.ts';
import type { Seeded } from '../../template/seeded.ts';
import { haproxyStructure, mapStructure } from './line.ts';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };
type Members = { readonly [key: string]: Json };

/** What a template is rendered over: entries of `services`, and pods. */
export interface World {
  readonly config: Readonly<Record<string, string>>;
  readonly services: Readonly<Record<string, Members>>;
  readonly pods: readonly Members[];
}

const CONTROLS = Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code));
const C1 = Array.from({ length: 0x21 }, (_, i) => String.fromCharCode(0x7f + i));
const PIECES = [
  ...CONTROLS,
  ...C1,
  ...['"', "'", '\\', '#', '${', '$', '{', '}', ' ', '  ', '\n    ', '\\n', '\\x0a', '\\ ', '\\"'],
  ...[
    '"$X"',
    "'a b'",
    '"',
    "'",
    ' #',
    ' { ',
    ' }',
    '\u00a0',
    '\u1680',
    '\u2003',
    '\u2028',
    '\u2029',
  ],
  ...[
    '\u202f',
    '\u3000',
    '\ufeff',
    '&#10;',
    '%s',
    '%',
    '{0}',
    '&',
    '<b>',
    ';',
    ',',
    '😀',
    '|',
    '`',
  ],
];
const SPECIAL = /[\p{Cc}\p{Z}\ufeff"'\\#$%&{}]/gu;

/** A text with something put into it. */
function mutate(text: string, random: Seeded): string {
  let mutated = text;
  for (let i = 1 + random.below(3); i > 0; i--) {
    const at = random.below(mutated.length + 1);
    mutated = mutated.slice(0, at) + random.pick(PIECES) + mutated.slice(at);
  }
  return mutated;
}

const harmless = (text: string): string => text.replace(SPECIAL, 'z');

/** Members that say which pods a service has and where, or that no template prints. */
const FIXED = new Set([
  ...['namespace', 'selector', 'name', 'app', 'track', 'apiVersion', 'kind', 'spec', 'status'],
  ...['generateName', 'uid', 'resourceVersion', 'creationTimestamp', 'ownerReferences'],
]);

/** The same value with some of its texts made something else. */
function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      FIXED.has(key) ? item : mapTexts(item, change),
    ]),
  );
}

function mapWorld({ config, services, pods }: World, change: (text: string) => string): World {
  return {
    config,
    services: Object.fromEntries(
      Object.entries(services).map(([name, fields]) => [name, mapTexts(fields, change) as Members]),
    ),
    pods: pods.map((pod) => mapTexts(pod, change) as Members),
  };
}

function render({ config, services, pods }: World): Rendering {
  const data = Object.fromEntries(
    Object.entries(services).map(([name, fields]) => [name, JSON.stringify(fields)]),
  );
  const objects = [configMap('config', config), configMap('services', data), ...pods];
  const inventory = createInventory('lb');
  const { snapshot } = inventory.update({
    changes: objects.map(put),
    certificates: [],
    unread: [],
  });
  return createRenderEngine(SETTINGS).render(snapshot, VARIANT);
}

const nameOf = (pod: Members): string => (pod.metadata as { name: string }).name;

function without({ config, services, pods }: World, rendering: Rendering): World {
  const left = new Set(
    rendering.diagnostics.map(({ where }) => where.key ?? where.object.split('/').at(-1)),
  );
  return {
    config,
    services: Object.fromEntries(Object.entries(services).filter(([name]) => !left.has(name))),
    pods: pods.filter((pod) => !left.has(nameOf(pod))),
  };
}

interface Structure {
  readonly line: string;
  readonly structure: string;
}

/** The structures of a file's lines. */
function structures(path: string, content: string): readonly Structure[] {
  const read =
    path === 'haproxy.cfg' ? haproxyStructure : path.endsWith('.map') ? mapStructure : () => '';
  return content.split('\n').map((line) => ({ line, structure: read(line) }));
}

/** The structures that one has more often than the other, with a line of each. */
function differing(actual: readonly Structure[], expected: readonly Structure[]) {
  const counts = new Map<string, { count: number; line: string }>();
  const add = ({ structure, line }: Structure, by: number): void => {
    const known = counts.get(structure);
    counts.set(structure, { count: (known?.count ?? 0) + by, line: known?.line ?? line });
  };
  for (const found of actual) add(found, 1);
  for (const found of expected) add(found, -1);
  return [...counts].filter(([, { count }]) => count !== 0);
}

function filesOf(rendering: Rendering, what: string) {
  if (rendering.kind !== 'rendered') assert.fail(`${what}: ${JSON.stringify(rendering)}`);
  return rendering.files;
}

/** Renders one mutation of a world. @returns how many values were mutated, and how many entries left out */
export function fuzzOnce(world: World, random: Seeded): { values: number; leftOut: number } {
  let values = 0;
  const mutated = mapWorld(world, (text) => {
    if (random.chance(0.5)) return text;
    values++;
    return mutate(text, random);
  });
  const rendering = render(mutated);
  const files = filesOf(rendering, JSON.stringify(mutated));
  const meant = filesOf(render(without(mapWorld(mutated, harmless), rendering)), 'harmless');
  for (const [i, { path, content }] of files.entries()) {
    assert.doesNotMatch(content, /[^\n\P{Cc}]/u, path);
    const expected = structures(path, meant[i]?.content ?? '');
    const extra = differing(structures(path, content), expected);
    assert.deepEqual(extra, [], `${path}\n${mutated.config.template}\n${JSON.stringify(mutated)}`);
  }
  return { values, leftOut: rendering.diagnostics.length };
}

/** Whether a world of harmless values is left alone. */
export function assertNoAlarm(world: World): void {
  const rendering = render(mapWorld(world, harmless));
  assert.deepEqual(
    rendering.diagnostics.filter(({ code }) => code === 'unsafe-value'),
    [],
  );
}

/** Manifests as a world. */
export function worldOf(objects: readonly Members[]): World {
  const dataOf = (name: string) =>
    objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && (metadata as Members).name === name,
    )?.data as Record<string, string>;
  const services = Object.entries(dataOf('services')).map(([name, text]) => [
    name,
    Object.fromEntries(entriesOf(parseJson(text) as never)) as Members,
  ]);
  return {
    config: dataOf('config'),
    services: Object.fromEntries(services),
    pods: objects.filter(({ kind }) => kind === 'Pod'),
  };
}
