import { plain, settle } from '../template/foreign.ts';
import { type Dialect, RenderMemo } from '../template/index.ts';
import { type JsonObject, memberOf, objectOf } from '../template/json/index.ts';
import { findBareNames } from './bare-names.ts';
import { certificateNames } from './certificate-names.ts';
import { badName, deliveredFiles } from './delivered.ts';
import { type Diagnostic, sortDiagnostics } from './diagnostics.ts';
import { missingInput } from './missing-input.ts';
import { type Omission, Omitter } from './omission.ts';
import { type Explained, Explainer, type ExplainQuestion } from './origin/explain.ts';
import { createRedaction } from './redaction.ts';
import { toRemarks } from './remarks.ts';
import type { Snapshot } from './snapshot.ts';
import { STATUS_KEY } from './statuses.ts';
import type { Values } from './structure/entries.ts';
import { Guard, type Guarded, type UnsafeValues } from './structure/guard.ts';
import { contentsOf } from './structure/output.ts';
import { toDiagnostic, toUnknownName, toWarning } from './template-diagnostic.ts';
import { Templates } from './templates.ts';

export type { Dialect };

/** What a render depends on beside the snapshot, the same for all pollers. */
export interface RenderSettings {
  readonly namespace: string;
  readonly dialect: Dialect;
  /** What templates see as `env`. */
  readonly env: Readonly<Record<string, string>>;
  /** What templates see as `stats.password`. */
  readonly statisticsPassword: string;
  /** What becomes of a value that is more than a value in what is rendered; `refuse` unless given. */
  readonly unsafeValues?: UnsafeValues;
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
      /** What the template fails on, and is left out: told as diagnostics, too. */
      readonly omitted: readonly Omission[];
      /** Names of services that no pod serves, of which a typing error is one reason. */
      readonly podless: readonly string[];
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

/** What renders of one variant share: the same objects each time, and what can be used again of the last render. */
interface Shared {
  readonly context: Readonly<Record<string, unknown>>;
  readonly params: JsonObject;
  readonly memo: RenderMemo;
  readonly guard: Guard;
  readonly omitter: Omitter;
}

/** `lenient`: what the template fails on is left out, and the rest is rendered. */
export type Strictness = 'strict' | 'lenient';

/** The render that was asked about last. */
interface Asked {
  readonly snapshot: Snapshot;
  readonly shared: Shared;
  readonly strictness: Strictness;
  readonly made: Made;
}

/** Beyond so many variants, what was kept of all of them is forgotten. */
const MOST_SHARED = 1000;

/** What `status.yaml` gives. */
export type StatusRendering =
  | {
      readonly kind: 'rendered';
      readonly text: string;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly kind: 'failed'; readonly failure: Diagnostic };

const sizeOf = (pods: unknown): number => (pods instanceof Map ? pods.size : 0);

const podlessOf = ({ services }: Snapshot): readonly string[] =>
  services
    .filter(
      (service) => sizeOf(memberOf(service, 'pods')) + sizeOf(memberOf(service, 'draining')) === 0,
    )
    .map((service) => plain(memberOf(service, 'name') as string));

/** Renders snapshots, reusing what did not change from one to the next. */
export interface RenderEngine {
  render(snapshot: Snapshot, variant: RenderVariant, strictness?: Strictness): Rendering;
  /** Renders as `render` does, and once more with a trace: where lines come from. */
  explain(
    snapshot: Snapshot,
    variant: RenderVariant,
    about: { readonly question: ExplainQuestion; readonly strictness?: Strictness },
  ): Explanation;
  /** Renders `status.yaml` alone; what it fails on is left out. */
  renderStatus(snapshot: Snapshot, variant: RenderVariant): StatusRendering;
}

export interface Explanation {
  readonly rendering: Rendering;
  /** Absent where it does not render. */
  readonly explained?: Explained;
}

/** What a render came to, and of what. */
interface Made {
  readonly rendering: Rendering;
  readonly explainer?: Explainer;
}

/** A render engine for one configuration namespace. It keeps compiled templates as long as their sources hold. */
export function createRenderEngine(settings: RenderSettings): RenderEngine {
  const object = `configmaps/${settings.namespace}/config`;
  const stats = Object.freeze({ username: 'stats', password: settings.statisticsPassword });
  const env = settle(objectOf(new Map(Object.entries(settings.env).sort()))) as JsonObject;
  const redact = createRedaction({ password: settings.statisticsPassword, files: () => [] });
  const templates = new Templates(settings.dialect);
  const shared = new Map<string, Shared>();
  let asked: Asked | undefined;

  function sharedOf({ sslDir, filesDir, params }: RenderVariant): Shared {
    const key = JSON.stringify([sslDir, filesDir, params]);
    const known = shared.get(key);
    if (known) return known;
    if (shared.size >= MOST_SHARED) shared.clear();
    const { namespace, unsafeValues = 'refuse' } = settings;
    const made = {
      context: { ssldir: sslDir, filesdir: filesDir, stats },
      params: settle({ ...params }) as JsonObject,
      memo: new RenderMemo(),
      guard: new Guard({ unsafeValues, namespace, filesDir }),
      omitter: new Omitter(namespace),
    };
    shared.set(key, made);
    return made;
  }

  function renderAll(snapshot: Snapshot, variant: RenderVariant, strictness: Strictness): Made {
    const { services, inputs, certificates, config = {} } = snapshot;
    const { context, params, memo, guard, omitter } = sharedOf(variant);
    const all = deliveredFiles(config);
    const bad = all.map((file) => badName(object, file)).filter((found) => found !== undefined);
    const files = all.filter((file) => badName(object, file) === undefined);
    const own = [...snapshot.diagnostics, ...bad];
    const { inputFault } = snapshot;
    if (inputFault) {
      const diagnostics = sortDiagnostics([...own, inputFault]);
      return { rendering: { kind: 'failed', failure: inputFault, diagnostics } };
    }
    const run = {
      config,
      files,
      context: { ...context, certificates: certificateNames(certificates) },
    };
    const renderOnce = (values: Values) => templates.render({ ...run, values, memo });
    const isLenient = strictness === 'lenient';
    let guarded: Guarded;
    try {
      guarded = guard.render({
        values: { services, inputs, params, env },
        config,
        render: (values) =>
          isLenient ? omitter.render(values, renderOnce) : { output: renderOnce(values), values },
        replay: {
          render: (values) => contentsOf(templates.render({ ...run, values })),
          trace: (values) => templates.trace({ ...run, values }),
        },
      });
    } catch (error) {
      const failure = toDiagnostic(error, object);
      const diagnostics = sortDiagnostics([...own, ...guard.told(), failure]);
      return { rendering: { kind: 'failed', failure, diagnostics } };
    }
    const omitted = isLenient ? omitter.told() : [];
    const told = omitted.map(({ diagnostic }) => diagnostic);
    const diagnostics = [...own, ...guarded.diagnostics, ...told];
    if (guarded.kind === 'failed') {
      const { failure } = guarded;
      const all = sortDiagnostics([...diagnostics, failure]);
      return { rendering: { kind: 'failed', failure, diagnostics: all } };
    }
    const { dialect } = settings;
    const warnings = templates.diagnostics().map((found) => toWarning(found, { object, dialect }));
    const remarks = toRemarks(templates.remarks(), settings.namespace);
    const unknown = templates
      .unknownNames()
      .map((found) => toUnknownName(found, { object, source: config[found.template] }));
    const contents = [...guarded.contents.values()];
    const rendering: Rendering = {
      kind: 'rendered',
      files: Array.from(guarded.contents, ([path, content]) => ({ path, content })),
      certificates,
      bareNames: findBareNames(contents, variant.sslDir, certificates),
      omitted,
      podless: podlessOf(snapshot),
      diagnostics: sortDiagnostics([...diagnostics, ...warnings, ...unknown, ...remarks]),
    };
    const { contents: plain, values } = guarded;
    const trace = () => templates.trace({ ...run, values });
    return { rendering, explainer: new Explainer({ contents: plain, values, redact, trace }) };
  }

  function make(snapshot: Snapshot, variant: RenderVariant, strictness: Strictness): Made {
    const failure = missingInput(settings.namespace, snapshot);
    if (!failure) return renderAll(snapshot, variant, strictness);
    const diagnostics = sortDiagnostics([...snapshot.diagnostics, failure]);
    return { rendering: { kind: 'incomplete', failure, diagnostics } };
  }

  /** People look at one line after the other: of the same render, as long as nothing changes. */
  function makeOnce(snapshot: Snapshot, variant: RenderVariant, strictness: Strictness): Made {
    const shared = sharedOf(variant);
    const isSame = asked?.snapshot === snapshot && asked.shared === shared;
    if (asked && isSame && asked.strictness === strictness) return asked.made;
    asked = { snapshot, shared, strictness, made: make(snapshot, variant, strictness) };
    return asked.made;
  }

  function renderStatus(snapshot: Snapshot, variant: RenderVariant): StatusRendering {
    const { services, inputs, certificates, config = {}, inputFault } = snapshot;
    const missing = missingInput(settings.namespace, snapshot) ?? inputFault;
    if (missing) return { kind: 'failed', failure: missing };
    const { context, params, memo, omitter } = sharedOf(variant);
    const run = {
      config,
      files: [{ key: STATUS_KEY, path: STATUS_KEY }],
      context: { ...context, certificates: certificateNames(certificates) },
      memo,
    };
    try {
      const { output } = omitter.render({ services, inputs, params, env }, (values) =>
        templates.render({ ...run, values }),
      );
      return {
        kind: 'rendered',
        text: contentsOf(output).get(STATUS_KEY) ?? '',
        diagnostics: omitter.told().map(({ diagnostic }) => diagnostic),
      };
    } catch (error) {
      return { kind: 'failed', failure: toDiagnostic(error, object) };
    }
  }

  return {
    renderStatus,
    render(snapshot, variant, strictness = 'strict') {
      if (asked?.snapshot !== snapshot) asked = undefined;
      return make(snapshot, variant, strictness).rendering;
    },
    explain(snapshot, variant, { question, strictness = 'strict' }) {
      const { rendering, explainer } = makeOnce(snapshot, variant, strictness);
      if (!explainer) return { rendering };
      try {
        return { rendering, explained: explainer.explain(question) };
      } catch (error) {
        const failure = toDiagnostic(error, object);
        return { rendering: { kind: 'failed', failure, diagnostics: [failure] } };
      }
    },
  };
}
