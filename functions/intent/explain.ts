import { type Diagnostic, locate } from '../core/diagnostics.ts';
import { CONFIG, serviceUnit, type Unit } from '../core/intent.ts';
import type { Omission } from '../core/omission.ts';
import type { Rendering } from '../core/render.ts';
import type { RendererGone } from '../renderer/process.ts';
import type { Alert } from '../wire/alerts.ts';
import { CONFIG_PATH } from '../wire/bundle.ts';
import type { SharedBind } from './binds.ts';
import type { Checked } from './check.ts';
import type { Fault, Telltale } from './fault.ts';

/** Alerts of one check that are followed up. */
const MOST_TELLTALES = 20;

const templatePlace = (namespace: string) => ({
  object: `configmaps/${namespace}/config`,
  key: 'template',
});

/** The fault of an intent that ended its renderer. */
export function goneFault({ code, message, hint }: RendererGone, namespace: string): Fault {
  const where = templatePlace(namespace);
  return {
    stage: 'gone',
    diagnostic: { severity: 'error', code, message, hint, where },
    telltales: [],
  };
}

/** The fault of an intent that does not render. */
export function renderFault({ failure }: Exclude<Rendering, { kind: 'rendered' }>): Fault {
  return { stage: 'render', diagnostic: failure, telltales: [] };
}

/**
 * The fault of an intent whose template fails on these: that of their services, where those are what changed, else of
 * the templates, where they changed. Without a base all have.
 */
export function omittedFault(
  omitted: readonly Omission[],
  changed: readonly Unit[] | undefined,
): Fault {
  const units = [...new Set(omitted.map(({ service }) => serviceUnit(service)))];
  const own = changed ? units.filter((unit) => changed.includes(unit)) : units;
  const template = changed?.includes(CONFIG) ? [CONFIG] : [];
  const about = omitted.find(({ service }) => own[0] === serviceUnit(service)) ?? omitted[0];
  const { diagnostic } = about as Omission;
  return {
    stage: 'render',
    diagnostic,
    telltales: [],
    units: own.length > 0 ? own : template,
  };
}

/** The fault of an intent by which proxies listen at an address that another one has. */
export function sharedFault({ address, binds }: SharedBind, namespace: string): Fault {
  const names = binds.map(({ header }) => header.trim().replace(/\s+/g, ' ')).join(' and ');
  const diagnostic: Diagnostic = {
    severity: 'error',
    code: 'bind-shared',
    message: `${names} listen at the same address, ${address}: each would get some of its connections`,
    hint: 'Let each have an address of its own.',
    where: templatePlace(namespace),
  };
  const telltales = binds
    .slice(0, MOST_TELLTALES)
    .map(({ header, line }) => ({ path: CONFIG_PATH, line, header }));
  return { stage: 'render', diagnostic, telltales };
}

/** Lines that begin without indentation open a section. */
const HEADER = /^[a-z]/;
const QUOTED = /'([^']+)'/g;

interface Text {
  readonly path: string;
  readonly lines: readonly string[];
}

function telltale({ path, lines }: Text, index: number): readonly Telltale[] {
  const line = lines[index];
  if (line === undefined || line.trim() === '') return [];
  const header = lines.slice(0, index + 1).findLast((l) => HEADER.test(l)) ?? '';
  return [{ path, line, header }];
}

/** The line that an alert is about: by its number, else the first section, else the first line, with a name that it quotes. */
function follow(alert: Alert, texts: readonly Text[]): readonly Telltale[] {
  const config = texts.find(({ path }) => path === CONFIG_PATH);
  if (alert.file !== undefined && alert.line !== undefined) {
    const text = texts.find(({ path }) => path === alert.file) ?? config;
    return text ? telltale(text, alert.line - 1) : [];
  }
  if (!config) return [];
  const names = [...alert.message.matchAll(QUOTED)].map(([, name]) => name as string);
  for (const name of names) {
    const isNamed = (line: string) => line.split(/\s+/).includes(name);
    const header = config.lines.findLastIndex((line) => HEADER.test(line) && isNamed(line));
    const index = header >= 0 ? header : config.lines.findIndex(isNamed);
    if (index >= 0) return telltale(config, index);
  }
  return [];
}

/** The fault of an intent that HAProxy refuses. */
export function checkFault(
  { binary, alerts }: Checked & { kind: 'refused' },
  { rendering, namespace }: { rendering: Rendering & { kind: 'rendered' }; namespace: string },
): Fault {
  const [first] = alerts;
  const file = first?.file ?? CONFIG_PATH;
  const content = rendering.files.find(({ path }) => path === file)?.content;
  const line = first?.line;
  const excerpt =
    content === undefined || line === undefined ? {} : { excerpt: excerptOf(content, line) };
  const place = line === undefined ? '' : ` at ${file}:${line}`;
  const diagnostic: Diagnostic = {
    severity: 'error',
    code: 'haproxy-refuses',
    message: `HAProxy refuses it${place}: ${first?.message ?? 'it names no reason'}`,
    hint: `Mend it and apply it again (${binary} -c was asked).`,
    where: { ...templatePlace(namespace), ...excerpt },
  };
  const texts = rendering.files.map(({ path, content: text }) => ({
    path,
    lines: text.split('\n'),
  }));
  const telltales = alerts.slice(0, MOST_TELLTALES).flatMap((alert) => follow(alert, texts));
  return { stage: 'check', diagnostic, telltales };
}

function excerptOf(content: string, line: number): string {
  const lines = content.split('\n');
  const offset = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  return locate(content, offset).excerpt.split('\n')[0] as string;
}
