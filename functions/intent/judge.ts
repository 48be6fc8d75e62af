import { assembleBundle, type CertificateFile } from '../core/assembly.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import { changedUnits, type Intent, serviceUnit, type Unit } from '../core/intent.ts';
import { unitAtPlace } from '../core/intent-objects.ts';
import { keepNamed, missingNames } from '../core/kept-certificates.ts';
import type { Omission } from '../core/omission.ts';
import type { RenderedFile, Rendering } from '../core/render.ts';
import { UNSAFE_VALUE } from '../core/structure/unsafe-value.ts';
import type { Variant } from '../publish/publication.ts';
import { RendererGone } from '../renderer/process.ts';
import { CONFIG_PATH } from '../wire/bundle.ts';
import { findSharedBinds, type SharedBind } from './binds.ts';
import type { Checked, Checker } from './check.ts';
import {
  checkFault,
  goneFault,
  omittedFault,
  renderFault,
  sharedFault,
  withOrigins,
} from './explain.ts';
import type { Fault, Verdict } from './fault.ts';
import { standIn } from './stand-in.ts';
import type { Trial } from './trial.ts';

/** How far an intent is tried. */
export type Depth = 'render' | 'check';

export interface JudgeOptions {
  readonly namespace: string;
  readonly trial: Trial;
  /** Those that are served, the default first. */
  readonly variants: () => readonly Variant[];
  readonly certificates: () => {
    readonly certificates: ReadonlyMap<string, CertificateFile>;
    /** See `keepNamed`. */
    readonly lost: ReadonlyMap<string, CertificateFile>;
  };
  /** Absent: nothing but renders judges an intent. */
  readonly checker?: Checker | undefined;
  /** Why proxies refuse an intent, where that is known and counts. */
  readonly refusedBy?:
    | ((intent: Intent, base: Intent | undefined) => Fault | undefined)
    | undefined;
  /** Takes secrets out of words that HAProxy or a template quotes them in. */
  readonly redact?: (text: string) => string;
  /** Why a check could not be made; undefined where it could. */
  readonly onChecked: (unjudged: string | undefined) => void;
}

/** Tells of one intent whether it is good with the endpoints of now. */
export interface Judge {
  /** `base`: the last good one, whose faults are none of the intent's. */
  judge(intent: Intent, depth: Depth, base: Intent | undefined): Promise<Verdict>;
  /** What it gives for this variant, or as it is checked for the first; undefined where it does not render. */
  files(intent: Intent, variant?: Variant): Promise<readonly RenderedFile[] | undefined>;
  /** Renders and checks so far. */
  spent(): { readonly renders: number; readonly checks: number };
}

type Rendered = Rendering & { readonly kind: 'rendered' };
type Tried =
  | { readonly kind: 'rendered'; readonly rendering: Rendered }
  | { readonly kind: 'bad'; readonly fault: Fault };

const sharedIn = ({ files }: Rendered): readonly SharedBind[] =>
  findSharedBinds(files.find(({ path }) => path === CONFIG_PATH)?.content ?? '');

const nameOf = ({ service = '', pod, object }: Omission): string =>
  object ?? (pod ? `pods/${pod.namespace}/${pod.name}` : serviceUnit(service));

/**
 * What the template fails on for what people changed: all that it does not fail on in the base, too. Without a base pods
 * and objects of inputs are to blame for themselves, and are left out.
 */
function omittedBeside({ omitted }: Rendered, base: Rendered | undefined): readonly Omission[] {
  if (!base) return omitted.filter(({ pod, object }) => !pod && object === undefined);
  const known = new Set(base.omitted.map(nameOf));
  return omitted.filter((omission) => !known.has(nameOf(omission)));
}

function redacted(fault: Fault, redact: (text: string) => string): Fault {
  const { message, where, delivered } = fault.diagnostic;
  const { excerpt } = where;
  const shown = excerpt === undefined ? where : { ...where, excerpt: redact(excerpt) };
  const given = delivered && { delivered: { ...delivered, text: redact(delivered.text) } };
  const diagnostic = { ...fault.diagnostic, message: redact(message), where: shown, ...given };
  return { ...fault, diagnostic };
}

export function createJudge(options: JudgeOptions): Judge {
  const { namespace, trial, checker, variants, onChecked, redact = (text) => text } = options;
  let renders = 0;

  let leftOut = new Map<Unit, Diagnostic>();

  /** Services and objects whose values would have written more than values: what the render says of them is an error of theirs. */
  function noteLeftOut({ diagnostics }: Rendered, intent: Intent): void {
    for (const diagnostic of diagnostics) {
      if (diagnostic.code !== UNSAFE_VALUE || diagnostic.severity !== 'error') continue;
      const { object, key } = diagnostic.where;
      const isService = object === `configmaps/${namespace}/services` && key !== undefined;
      const unit = isService ? serviceUnit(key) : unitAtPlace(intent, object);
      if (unit) leftOut.set(unit, diagnostic);
    }
  }

  async function tryRender(intent: Intent, variant: Variant): Promise<Tried> {
    renders++;
    try {
      const rendering = await trial.render(intent, variant);
      if (rendering.kind !== 'rendered') return { kind: 'bad', fault: renderFault(rendering) };
      return { kind: 'rendered', rendering };
    } catch (error) {
      if (!(error instanceof RendererGone)) throw error;
      return { kind: 'bad', fault: goneFault(error, namespace) };
    }
  }

  /** Tells where the lines of a fault come from: the fault itself where that cannot be told. */
  async function locate(fault: Fault, intent: Intent, variant: Variant): Promise<Fault> {
    if (fault.references.length === 0) return fault;
    renders += 2;
    try {
      const { references } = fault;
      const { explained } = await trial.explain(intent, variant, { references });
      const { config } = intent;
      return explained ? withOrigins(fault, explained.delivered, { config, namespace }) : fault;
    } catch (error) {
      if (!(error instanceof RendererGone)) throw error;
      return fault;
    }
  }

  /** What a render has that is worse than what the base gives with the same endpoints. */
  async function compare(
    rendering: Rendered,
    { intent, base, variant }: { intent: Intent; base: Intent | undefined; variant: Variant },
  ): Promise<Fault | undefined> {
    const shared = base ? sharedIn(rendering) : [];
    if (shared.length === 0 && rendering.omitted.length === 0) return undefined;
    const before = base && (await tryRender(base, variant));
    const known = before?.kind === 'rendered' ? before.rendering : undefined;
    const omitted = omittedBeside(rendering, known);
    const unitAt = (object: string) => unitAtPlace(intent, object);
    if (omitted.length > 0)
      return omittedFault(omitted, base && changedUnits(base, intent), unitAt);
    const isNew = ({ address }: SharedBind) =>
      !known || !sharedIn(known).some((other) => other.address === address);
    const found = shared.find(isNew);
    return found && locate(sharedFault(found, namespace), intent, variant);
  }

  /** To be checked, files are named where the checker puts them; the parameters alone make a difference then. */
  function checkedVariants({ sslDir, filesDir }: Checker): readonly Variant[] {
    const byParams = new Map(variants().map(({ params }) => [JSON.stringify(params), params]));
    return [...byParams.values()].map((params) => ({ sslDir, filesDir, params }));
  }

  /** The certificates that were not here before, either: proxies may have them, and that is no fault of what is new. */
  async function standInsFor(
    { sslDir }: Checker,
    rendering: Rendered,
    { base, variant }: { base: Intent | undefined; variant: Variant },
  ): Promise<readonly string[]> {
    const missing = missingNames(rendering, sslDir);
    if (missing.length === 0 || !base) return [];
    const before = await tryRender(base, variant);
    if (before.kind === 'bad') return [];
    const named = missingNames(before.rendering, sslDir);
    return missing.filter((name) => named.includes(name));
  }

  async function check(
    by: Checker,
    rendering: Rendered,
    beside: { base: Intent | undefined; variant: Variant },
  ): Promise<Checked> {
    const { certificates: known, lost } = options.certificates();
    // A certificate may have gone since the render was told of it: then it is not checked with it.
    const certificates = rendering.certificates.filter((name) => known.has(name));
    const bareNames = rendering.bareNames.filter((name) => known.has(name));
    const there = { ...rendering, certificates, bareNames };
    const files = keepNamed(there, { sslDir: by.sslDir, namespace, lost });
    const absent = await standInsFor(by, files, beside);
    const all = new Map([...lost, ...known, ...absent.map((name) => [name, standIn()] as const)]);
    const whole = { ...files, bareNames: [...files.bareNames, ...absent] };
    return by.check(assembleBundle({ rendering: whole, certificates: all, asOf: {} }));
  }

  /**
   * Whether what is served fails for a poller's parameters, too: that is no fault of what is new, and must not hold it
   * up for all others. What the service serves without parameters, the first, has to be good in any case.
   */
  async function isBadAlready(
    { params }: Variant,
    { base, ask }: { base: Intent | undefined; ask: (base: Intent) => Promise<boolean> },
  ): Promise<boolean> {
    return base !== undefined && Object.keys(params).length > 0 && (await ask(base));
  }

  const rendersNot = (variant: Variant) => async (base: Intent) => {
    const before = await tryRender(base, variant);
    return before.kind === 'bad' && before.fault.stage === 'render';
  };

  const isRefused = (by: Checker, variant: Variant) => async (base: Intent) => {
    const before = await tryRender(base, variant);
    if (before.kind === 'bad') return false;
    return (await check(by, before.rendering, { base, variant })).kind === 'refused';
  };

  async function renderAll(intent: Intent, base: Intent | undefined): Promise<Fault | undefined> {
    for (const variant of variants()) {
      const tried = await tryRender(intent, variant);
      if (tried.kind === 'bad') {
        if (await isBadAlready(variant, { base, ask: rendersNot(variant) })) continue;
        return tried.fault;
      }
      noteLeftOut(tried.rendering, intent);
      const fault = await compare(tried.rendering, { intent, base, variant });
      if (fault) return fault;
    }
    return undefined;
  }

  async function checkAll(
    by: Checker,
    intent: Intent,
    base: Intent | undefined,
  ): Promise<Fault | undefined> {
    for (const variant of checkedVariants(by)) {
      const tried = await tryRender(intent, variant);
      if (tried.kind === 'bad') {
        if (await isBadAlready(variant, { base, ask: rendersNot(variant) })) continue;
        return tried.fault;
      }
      const { rendering } = tried;
      const checking = check(by, rendering, { base, variant });
      // While HAProxy checks, the renderer makes ready what is going to be served.
      const fault = await renderAll(intent, base);
      const checked = await checking;
      const isNew =
        checked.kind === 'refused' &&
        !(await isBadAlready(variant, { base, ask: isRefused(by, variant) }));
      if (checked.kind === 'refused' && isNew)
        return locate(checkFault(checked, { rendering, namespace }), intent, variant);
      onChecked(checked.kind === 'unjudged' ? checked.reason : undefined);
      if (fault) return fault;
    }
    return undefined;
  }

  return {
    async judge(intent, depth, base) {
      leftOut = new Map();
      const isChecked = checker && depth === 'check';
      const found = await (isChecked ? checkAll(checker, intent, base) : renderAll(intent, base));
      const refused = found || depth !== 'check' ? undefined : options.refusedBy?.(intent, base);
      const [first] = variants();
      const variant = refused?.variant ?? first;
      const fault = found ?? (refused && variant && (await locate(refused, intent, variant)));
      return fault ? { kind: 'bad', fault: redacted(fault, redact) } : { kind: 'good', leftOut };
    },
    async files(intent, variant) {
      const [first] = checker ? checkedVariants(checker) : variants();
      const chosen = variant ?? first;
      const tried = chosen && (await tryRender(intent, chosen));
      return tried?.kind === 'rendered' ? tried.rendering.files : undefined;
    },
    spent: () => ({ renders, checks: checker?.count() ?? 0 }),
  };
}
