import type { AsOf } from '../wire/as-of.ts';
import type { Bundle } from '../wire/bundle.ts';
import { assembleBundle, type CertificateFile } from './assembly.ts';
import { diagnoseBinaryData, MAPS } from './binary-data.ts';
import { certificateFile } from './certificate-file.ts';
import { readCertificates } from './certificates.ts';
import { type Diagnostic, sortDiagnostics } from './diagnostics.ts';
import { chooseForFeeds, feedsOfMap, statesOf } from './inputs/from-manifests.ts';
import type { FeedStates } from './inputs/input.ts';
import { isSecretFeed } from './inputs/secret.ts';
import { readTlsCertificate, type TlsResult, withTlsCertificates } from './tls-certificates.ts';
import { createInventory } from './inventory.ts';
import { keepNamed } from './kept-certificates.ts';
import { type Manifests, readManifests } from './manifests.ts';
import { type Change, formatKey, readContent, readData } from './objects.ts';
import type { Explained, ExplainQuestion } from './origin/explain.ts';
import {
  createRenderEngine,
  type Explanation,
  type RenderEngine,
  type RenderSettings,
  type RenderVariant,
} from './render.ts';
import type { StatusEntry } from './statuses.ts';
import { readStatusesOf } from './status-rendering.ts';
import type { SnapshotMetadata } from './snapshot-metadata.ts';

/** One text of manifests, and what diagnostics call it. */
export interface ManifestText {
  readonly origin: string;
  readonly text: string;
}

export type OfflineResult =
  | {
      readonly kind: 'rendered';
      readonly bundle: Bundle;
      readonly diagnostics: readonly Diagnostic[];
      /** Where the lines come from that were asked about. */
      readonly explained?: Explained;
      /** What would be written to the status of objects, if that was asked for. */
      readonly statuses?: readonly StatusEntry[];
    }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] };

interface KeyMaterial {
  readonly names: readonly string[];
  readonly files: ReadonlyMap<string, CertificateFile>;
  readonly lost: ReadonlyMap<string, CertificateFile>;
  readonly diagnostics: readonly Diagnostic[];
}

const NOWHERE: AsOf = {};

function jsonOf(objects: readonly Change[], key: string): Uint8Array | undefined {
  const object = objects.findLast((change) => formatKey(change) === key);
  return object?.type === 'put' ? object.json : undefined;
}

function dataOf(objects: readonly Change[], key: string): Readonly<Record<string, string>> {
  const json = jsonOf(objects, key);
  return json ? readData(json) : {};
}

type Files = ReadonlyMap<string, CertificateFile>;

type Hashes = Readonly<Record<string, string>>;

const filesOfHashes = (hashes: Hashes, staples: Hashes): Files =>
  new Map(
    Object.entries(hashes).map(([name, hash]) => {
      const staple = staples[name];
      const file = { content: '', sha256: hash };
      return [name, staple ? { ...file, staple: { content: '', sha256: staple } } : file];
    }),
  );

/** What the Secrets among the objects of feeds give, each once. */
function secretsIn(objects: readonly Change[]): readonly TlsResult[] {
  const found = new Map<string, TlsResult>();
  for (const change of objects)
    if (change.type === 'put' && isSecretFeed(change.kind))
      found.set(`${change.namespace}/${change.name}`, readTlsCertificate(change.json));
  return [...found.values()];
}

function keyMaterial(
  objects: readonly Change[],
  namespace: string,
  metadata: SnapshotMetadata | undefined,
): KeyMaterial {
  if (metadata) {
    const [files, lost] = [metadata.certificates, metadata.lost].map((hashes) =>
      filesOfHashes(hashes, metadata.staples),
    ) as [Files, Files];
    return { names: [...files.keys()].sort(), files, lost, diagnostics: [] };
  }
  const own = readCertificates({
    chains: dataOf(objects, `configmaps/${namespace}/certificates`),
    keys: dataOf(objects, `secrets/${namespace}/keys`),
    namespace,
  });
  const { certificates, diagnostics } = withTlsCertificates(own, secretsIn(objects));
  const files = new Map(certificates.map((c) => [c.name, certificateFile(c)]));
  return { names: certificates.map(({ name }) => name), files, lost: new Map(), diagnostics };
}

interface OfflineRequest {
  readonly settings: RenderSettings;
  readonly variant: RenderVariant;
  /** Whether `variant` holds even where a snapshot of the service has one. */
  readonly ignoreSnapshotVariant?: boolean;
  /** About which lines to tell where they come from. */
  readonly question?: ExplainQuestion;
  /** Whether to render `status.yaml`, too. */
  readonly withStatuses?: boolean;
}

interface RepeatedRequest extends OfflineRequest {
  /** One of the same settings: templates that it has compiled, for other manifests, are not compiled again. */
  readonly engine?: RenderEngine;
}

/**
 * Renders manifests once, in this process: what the command line does, a cold call of a function, and
 * `import { renderManifests } from 'kubernetes-haproxy'`.
 *
 * @param variant where absent, that of a snapshot of the service holds, else the defaults of the settings
 */
export const renderManifests = ({
  texts,
  ...request
}: OfflineRequest & { readonly texts: readonly ManifestText[] }): OfflineResult =>
  renderRead(
    texts.map(({ text, origin }) => readManifests(text, origin)),
    request,
  );

/** The same of manifests that were read before. */
export function renderRead(read: readonly Manifests[], request: RepeatedRequest): OfflineResult {
  const { settings } = request;
  const objects = read.flatMap((manifests) => manifests.objects);
  const metadata = read.find((manifests) => manifests.metadata)?.metadata;
  const snapshotFeeds = Object.assign({}, ...read.map(({ feeds }) => feeds)) as FeedStates;
  const wanted = feedsOfMap(jsonOf(objects, `configmaps/${settings.namespace}/config`));
  const chosen = metadata
    ? []
    : chooseForFeeds(
        read.flatMap(({ any }) => any),
        wanted,
      );
  const keys = keyMaterial([...objects, ...chosen], settings.namespace, metadata);
  const { snapshot } = createInventory(settings.namespace).update({
    changes: [...objects, ...chosen],
    feeds: metadata ? snapshotFeeds : statesOf(wanted),
    certificates: keys.names,
    unread: [],
  });
  const variant =
    (request.ignoreSnapshotVariant ? undefined : metadata?.variant) ?? request.variant;
  // What a service has is rendered as the service does it.
  const { engine = createRenderEngine(settings) } = request;
  const strictness = metadata ? 'lenient' : 'strict';
  const { question } = request;
  const { rendering: rendered, explained }: Explanation = question
    ? engine.explain(snapshot, variant, { question, strictness })
    : { rendering: engine.render(snapshot, variant, strictness) };
  const { namespace } = settings;
  const kept = { sslDir: variant.sslDir, namespace, lost: keys.lost };
  const rendering = rendered.kind === 'rendered' ? keepNamed(rendered, kept) : rendered;
  const statuses = request.withStatuses
    ? readStatusesOf(engine.renderStatus(snapshot, variant), { snapshot, namespace })
    : undefined;
  const diagnostics = sortDiagnostics([
    ...(statuses?.diagnostics ?? []),
    ...read.flatMap((manifests) => manifests.diagnostics),
    ...keys.diagnostics,
    ...MAPS.flatMap((name) => {
      const json = jsonOf(objects, `configmaps/${namespace}/${name}`);
      return diagnoseBinaryData(namespace, name, json && readContent(json));
    }),
    ...rendering.diagnostics,
  ]);
  if (rendering.kind !== 'rendered') return { kind: 'refused', diagnostics };
  const bundle = assembleBundle({
    rendering,
    certificates: new Map([...keys.lost, ...keys.files]),
    asOf: NOWHERE,
  });
  return {
    kind: 'rendered',
    bundle,
    diagnostics,
    ...(explained && { explained }),
    ...(statuses && { statuses: statuses.entries }),
  };
}
