import { type Diagnostic, locate } from '../core/diagnostics.ts';
import { CONFIG, serviceUnit, type Unit } from '../core/intent.ts';
import type { Omission } from '../core/omission.ts';
import { telltalesOf } from '../core/origin/telltale.ts';
import type { Rendering } from '../core/render.ts';
import type { RendererGone } from '../renderer/process.ts';
import { CONFIG_PATH } from '../wire/bundle.ts';
import type { SharedBind } from './binds.ts';
import type { Checked } from './check.ts';
import type { Fault } from './fault.ts';

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
  const unitOf = ({ service }: Omission): readonly Unit[] =>
    service === undefined ? [] : [serviceUnit(service)];
  const units = [...new Set(omitted.flatMap(unitOf))];
  const own = changed ? units.filter((unit) => changed.includes(unit)) : units;
  const template = changed?.includes(CONFIG) ? [CONFIG] : [];
  const isAbout = (omission: Omission) => own[0] !== undefined && unitOf(omission)[0] === own[0];
  const about = omitted.find(isAbout) ?? omitted[0];
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
  const found = telltalesOf(alerts.slice(0, MOST_TELLTALES), rendering.files);
  const telltales = found.filter((telltale) => telltale !== undefined);
  return { stage: 'check', diagnostic, telltales };
}

function excerptOf(content: string, line: number): string {
  const lines = content.split('\n');
  const offset = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  return locate(content, offset).excerpt.split('\n')[0] as string;
}
