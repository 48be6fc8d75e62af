import { tmpdir } from 'node:os';
import type { Authenticator } from '../access/authenticator.ts';
import type { RenderSettings } from '../core/render.ts';
import { createPollers } from '../http/pollers.ts';
import { type Checker, createChecker } from '../intent/check.ts';
import { createOccurrences } from '../intent/occurrences.ts';
import { createPublisher } from '../publish/publisher.ts';
import { createRenderOnce } from '../publish/render-once.ts';
import { createRenderStats } from '../publish/render-stats.ts';
import { type Service, startService } from '../server/service.ts';
import type { Settings } from '../settings.ts';
import type { Source } from '../core/source.ts';
import type { Log } from '../wire/log.ts';
import type { OpenEvents } from './events.ts';
import type { OpenedHistory } from './opened-source.ts';
import { readOpenFiles } from './open-files.ts';
import type { OpenStatuses } from './statuses.ts';

export interface ServeCommand {
  readonly settings: Settings;
  readonly renderSettings: RenderSettings;
  readonly version: string;
  readonly source: Source;
  readonly history: OpenedHistory;
  readonly openEvents?: OpenEvents | undefined;
  readonly openStatuses?: OpenStatuses | undefined;
  readonly authenticator: Authenticator;
  readonly log: Log;
  /** Where programs are looked for: the variable PATH. */
  readonly path: string | undefined;
}

/** A service with all that it is composed of. */
export interface RunningService extends Pick<Service, 'url' | 'metricsUrl'> {
  /** Settles at the first bundle. */
  readonly published: Promise<void>;
  /** Rejects where the source can never work. */
  readonly sourceEnded: Promise<void>;
  stop(): Promise<void>;
}

/** What judges changed templates and services; where it cannot work, that is said, and they are served unjudged. */
function openChecker(
  { settings, renderSettings, log, path }: ServeCommand,
  mostMs = Number.POSITIVE_INFINITY,
): Checker | undefined {
  const { checkWith: binaries, checkDir, checkDeadline, checkMemory } = settings;
  const deadlineMs = Math.min(checkDeadline, mostMs);
  if (binaries.length === 0) return undefined;
  const within = checkDir ?? tmpdir();
  // What any template may read, no more: HAProxy's words about a line can quote it.
  const env = { ...renderSettings.env, PATH: path };
  try {
    return createChecker({ binaries, within, env, deadlineMs, memoryMb: checkMemory });
  } catch (error) {
    log.error('cannot check configurations before they are served', { within, error });
    return undefined;
  }
}

/** `kubectl` waits for what is judged before it is there. */
const FORESIGHT_MS = 2_000;

/** Open files that are not connections: the renderers, the sources, files that are read. */
const OTHER_FILES = 200;

/** As many as the system lets be open; beyond, they are closed at once, instead of failing as they are accepted. */
function boundConnections({ maxConnections }: Settings, log: Log): number {
  const openFiles = readOpenFiles() ?? Number.POSITIVE_INFINITY;
  const possible = Math.max(1, openFiles - OTHER_FILES);
  if (possible >= maxConnections) return maxConnections;
  const hint = 'Raise the limit of open files (ulimit -n, LimitNOFILE), or lower MAX_CONNECTIONS.';
  log.warn('the system allows fewer connections than MAX_CONNECTIONS', {
    openFiles,
    connections: possible,
    hint,
  });
  return possible;
}

/** Where fewer are lost, no share of them is a mass; and what is lost slower than this is no one loss. */
const LEAST_LOST = 10;
const LOSS_WINDOW_MS = 30_000;

function massLossOf({ massLoss: share, massLossHold: holdMs }: Settings) {
  if (share === 0 || holdMs === 0) return undefined;
  return { rules: { share, least: LEAST_LOST, windowMs: LOSS_WINDOW_MS }, holdMs };
}

/** `kubernetes-haproxy serve`: source, renderer, server and schedule, until it is stopped. */
export async function serveCommand(command: ServeCommand): Promise<RunningService> {
  const { settings, renderSettings, source, log } = command;
  const limits = { deadlineMs: settings.renderDeadline, memoryMb: settings.renderMemory };
  const renders = createRenderStats(Date.now);
  const published = new Promise<void>((resolve) => {
    renders.subscribe(({ outcome }) => {
      if (outcome === 'changed') resolve();
    });
  });
  const pollers = createPollers({ now: Date.now });
  const occurrences = createOccurrences();
  const checker = openChecker(command);
  const statuses = command.openStatuses?.(log);
  const publisher = createPublisher({
    settings: renderSettings,
    limits,
    checker,
    heedsRefusals: checker === undefined && settings.auth !== 'none',
    foreChecker: settings.admission === 'off' ? undefined : openChecker(command, FORESIGHT_MS),
    history: command.history.history,
    onServed: (intents) => source.retain?.(intents),
    variant: { sslDir: settings.sslDir, filesDir: settings.filesDir, params: {} },
    maxVariants: settings.maxVariants,
    quietMs: settings.quietWindow,
    massLoss: massLossOf(settings),
    rollout: {
      steps: settings.rolloutSteps,
      soakMs: settings.rolloutSoak,
      windowMs: settings.rolloutWindow,
      thresholds: {
        minRequests: settings.rolloutMinRequests,
        tolerance: settings.rolloutTolerance,
        significance: settings.rolloutSignificance,
      },
      proxies: pollers.all,
    },
    log,
    sourceDiagnostics: () => source.diagnostics(),
    onRender: renders.note,
    tell: occurrences.tell,
    statuses,
  });
  const uidOf = (object: string) => publisher.identify(object).uid;
  const events = command.openEvents?.({ uidOf, log });
  if (events) occurrences.subscribe(events.tell);
  const stopped = new AbortController();
  const service = await startService({
    settings: { ...settings, maxConnections: boundConnections(settings, log) },
    version: command.version,
    publisher,
    pollers,
    source,
    renderOnce: createRenderOnce(renderSettings, limits),
    renders,
    judgeProposal: publisher.judgeProposal,
    tell: occurrences.tell,
    explain: publisher.explain,
    history: command.history.history,
    authenticator: command.authenticator,
    reconcile: publisher.reconcile,
    log,
  });
  const { signal } = stopped;
  void command.history.watch?.(publisher.steer, signal);
  return {
    ...service,
    published,
    sourceEnded: source.run(publisher.deliver, signal),
    async stop() {
      await service.stop();
      stopped.abort();
      publisher.stop();
      await Promise.all([command.history.close(), events?.close(), statuses?.close()]);
    },
  };
}
