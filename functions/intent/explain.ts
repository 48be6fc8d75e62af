import { type DeliveredLine, type Diagnostic, excerptAt } from '../core/diagnostics.ts';
import { CONFIG, type Data, serviceUnit, type Unit } from '../core/intent.ts';
import type { Omission } from '../core/omission.ts';
import { formatOrigin, type Origin } from '../core/origin/origin.ts';
import { type LineReference, lineReferencesOf } from '../core/origin/line-reference.ts';
import type { Rendering } from '../core/render.ts';
import type { RendererGone } from '../renderer/process.ts';
import { CONFIG_PATH } from '../wire/bundle.ts';
import type { SharedBind } from './binds.ts';
import type { Checked } from './check.ts';
import type { Fault } from './fault.ts';

/** Alerts of one check that are followed up. */
const MOST_REFERENCES = 20;
/** Of the message, that behind which the origin of the line is told. */
const REFUSED = /^HAProxy (?:of (?:a proxy|proxy \S+) )?refuses it(?: at [^ ]+(?=: ))?/;

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
    references: [],
  };
}

/** The fault of an intent that does not render. */
export function renderFault({ failure }: Exclude<Rendering, { kind: 'rendered' }>): Fault {
  return { stage: 'render', diagnostic: failure, references: [] };
}

/**
 * The fault of an intent whose template fails on these: that of their services and objects, where those are what
 * changed, else of the templates, where they changed. Without a base all have.
 */
export function omittedFault(
  omitted: readonly Omission[],
  changed: readonly Unit[] | undefined,
  unitAt: (object: string) => Unit | undefined,
): Fault {
  const unitOf = ({ service, object }: Omission): readonly Unit[] => {
    const unit = object === undefined ? undefined : unitAt(object);
    return service === undefined ? (unit ? [unit] : []) : [serviceUnit(service)];
  };
  const units = [...new Set(omitted.flatMap(unitOf))];
  const own = changed ? units.filter((unit) => changed.includes(unit)) : units;
  const template = changed?.includes(CONFIG) ? [CONFIG] : [];
  const isAbout = (omission: Omission) => own[0] !== undefined && unitOf(omission)[0] === own[0];
  const about = omitted.find(isAbout) ?? omitted[0];
  const { diagnostic } = about as Omission;
  return {
    stage: 'render',
    diagnostic,
    references: [],
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
    hint: 'Give each an address of its own.',
    where: templatePlace(namespace),
  };
  const references = binds
    .slice(0, MOST_REFERENCES)
    .map(({ header, line }) => ({ path: CONFIG_PATH, line, header }));
  return { stage: 'render', diagnostic, references };
}

/** U+FEFF, which Python's Jinja2 hands on as any other character, and HAProxy takes for part of a word. */
const BYTE_ORDER_MARK = '\ufeff';

/** What to do about what `haproxy -c` refuses here, of a line. */
function refusedHint(
  { binary, unset }: Checked & { kind: 'refused' },
  line: string | undefined,
): string {
  if (line?.startsWith(BYTE_ORDER_MARK))
    return 'The line begins with a byte order mark (U+FEFF), which cannot be seen: save the text as UTF-8 without one.';
  if (unset.length === 0) return `Correct it and apply it again (${binary} -c was asked).`;
  const names = unset.join(', ');
  return `The line reads ${names} from the environment, where ${binary} -c has no such variable here: set it for the service, too, to a value such as the proxies have.`;
}

/** The fault of an intent that HAProxy refuses. */
export function checkFault(
  refused: Checked & { kind: 'refused' },
  { rendering, namespace }: { rendering: Rendering & { kind: 'rendered' }; namespace: string },
): Fault {
  const { alerts } = refused;
  const [first] = alerts;
  const place = first?.line === undefined ? '' : ` at ${first.file ?? CONFIG_PATH}:${first.line}`;
  const [about, ...others] = lineReferencesOf(alerts.slice(0, MOST_REFERENCES), rendering.files);
  const diagnostic: Diagnostic = {
    severity: 'error',
    code: 'haproxy-refuses',
    message: `HAProxy refuses it${place}: ${first?.message ?? 'it names no reason'}`,
    hint: refusedHint(refused, about?.line),
    where: templatePlace(namespace),
    ...(about && { delivered: deliveredOf(about) }),
  };
  const references = [about, ...others].filter((reference) => reference !== undefined);
  return { stage: 'check', diagnostic, references };
}

const deliveredOf = ({ path, line, number }: LineReference): DeliveredLine => ({
  path,
  ...(number !== undefined && { line: number }),
  text: line,
});

const ownersOf = ({ also = [], ...origin }: Origin) =>
  [origin, ...also].filter(({ service, object }) => service !== undefined || object !== undefined);

/** A fault with where its lines come from: one for each reference, as far as that is known. */
export function withOrigins(
  { diagnostic, references, ...fault }: Fault,
  lines: readonly (DeliveredLine | undefined)[],
  { config, namespace }: { config: Data | undefined; namespace: string },
): Fault {
  const told = references.map((reference, i) => {
    const origin = lines[i]?.origin;
    return origin ? { ...reference, owners: ownersOf(origin) } : reference;
  });
  const origin = lines[0]?.origin;
  const { delivered, message } = diagnostic;
  if (!origin || !delivered) return { ...fault, diagnostic, references: told };
  const { key, line, column } = origin;
  const excerpt = excerptAt(config?.[key] ?? '', origin);
  const located: Diagnostic = {
    ...diagnostic,
    message: message.replace(REFUSED, `$& (${formatOrigin(origin)})`),
    where: { object: `configmaps/${namespace}/config`, key, line, column, excerpt },
    delivered: { ...delivered, origin },
  };
  return { ...fault, diagnostic: located, references: told };
}
