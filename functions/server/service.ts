import type { Authenticator } from '../access/authenticator.ts';
import { createAdmission } from '../routes/admission.ts';
import type { Tell } from '../core/occurrence.ts';
import { createApp } from './app.ts';
import { createBundle } from '../routes/bundle.ts';
import { createConfig } from '../routes/config.ts';
import type { History } from '../core/revision.ts';
import { type Answered, get, type Route } from './exchanges.ts';
import { createEvidence, type Reports } from '../routes/evidence.ts';
import { createExpirySweep } from '../status/expiry.ts';
import { createReadiness, health } from '../routes/health.ts';
import { keepHeapForMany } from './heap.ts';
import { createGate } from '../http/gate.ts';
import { type KeyPair, type KeyPairFiles, readKeyPair, watchKeyPair } from '../http/key-pair.ts';
import { createLifecycle } from '../http/lifecycle.ts';
import { refuseMalformed } from '../http/malformed.ts';
import { createPoll } from '../http/poll.ts';
import { createPollers, type Pollers } from '../http/pollers.ts';
import type { ProposalJudge } from '../intent/proposal-judge.ts';
import { createMetrics } from '../routes/metrics.ts';
import type { Explain, Publisher, RenderOnce } from '../publish/publication.ts';
import { createRender } from '../routes/render.ts';
import { problemPage } from '../page/problem.ts';
import { createPages } from './pages.ts';
import type { RenderStats } from '../publish/render-stats.ts';
import { createServiceStatus } from '../status/service-status.ts';
import { startSchedule } from '../wire/schedule.ts';
import { LIMITS, type RunningServer, type ServerLimits, startServer } from './server.ts';
import type { Settings } from '../settings.ts';
import { createSnapshot } from '../routes/snapshot.ts';
import type { Source } from '../core/source.ts';
import { createStatus } from '../routes/status.ts';
import type { Log } from '../wire/log.ts';
import { createFindStranger } from '../wire/own-hosts.ts';

export interface ServiceOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly publisher: Publisher;
  /** The proxies that ask, where others look at them, too. */
  readonly pollers?: Pollers;
  readonly source: Source;
  readonly renderOnce: RenderOnce;
  readonly renders: RenderStats;
  /** Certificates end. */
  readonly tell?: Tell;
  /** Tells where lines come from; absent: nobody can ask. */
  readonly explain?: Explain;
  /** What was served before; absent: nobody can look. */
  readonly history?: Pick<History, 'list' | 'rollout'>;
  /** Tells what would become of a change; absent: nobody can ask. */
  readonly judgeProposal?: ProposalJudge['judgeProposal'];
  readonly authenticator: Authenticator;
  /** Reads and renders everything anew. */
  readonly reconcile: () => void | Promise<void>;
  readonly log: Log;
  readonly now?: () => number;
  readonly limits?: Partial<ServerLimits>;
}

export interface Service {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly metricsUrl?: string;
  /** Ends without cutting an answer: not ready, held polls sent away one after the other, connections closed; bounded by SHUTDOWN_GRACE. */
  stop(): Promise<void>;
}

/** Two ConfigMaps of the most that there can be, as they were and as they would be, each quote of them escaped. */
const LARGEST_REVIEW = 8 * 1024 * 1024;

function admissionRoutes({ settings, judgeProposal }: ServiceOptions): readonly Route[] {
  const { admission: mode, namespace } = settings;
  if (mode === 'off' || !judgeProposal) return [];
  const answer = createAdmission({ judgeProposal, namespace, mode });
  const limits = { takesSecret: true, maxBody: LARGEST_REVIEW };
  return [{ path: '/admission', method: 'POST', name: 'admission', answer, ...limits }];
}

function evidenceRoute({ answer }: Reports): Route {
  const admittedAs = { method: 'GET', path: '/bundle' };
  return {
    path: '/evidence',
    method: 'POST',
    name: 'evidence',
    isStreamed: true,
    admittedAs,
    answer,
  };
}

/** All functions, and the table of which answers what. */
function compose(options: ServiceOptions, now: () => number) {
  const { settings, version, publisher, source, renders, renderOnce, log } = options;
  const lifecycle = createLifecycle();
  const { pollers = createPollers({ now }) } = options;
  const certificatesObject = `configmaps/${settings.namespace}/certificates`;
  const certificates = () => publisher.status().certificates;
  const sweep = createExpirySweep({
    certificates,
    object: certificatesObject,
    now,
    log,
    tell: options.tell,
  });
  const serviceStatus = createServiceStatus({
    version,
    publisher,
    source,
    pollers,
    renders,
    certificatesObject,
    templateObject: `configmaps/${settings.namespace}/config`,
    now,
  });
  const poll = createPoll({
    publisher,
    pollers,
    lifecycle,
    rules: settings,
    maxPolls: settings.maxPolls,
    onMany: keepHeapForMany,
    now,
  });
  const { evidence } = publisher;
  const shared = { pollers, rules: settings, most: settings.maxPolls, now };
  const reports = evidence && createEvidence({ evidence, ...shared });
  const metrics = createMetrics({
    serviceStatus,
    renders,
    held: poll.held,
    reporting: () => reports?.lasting() ?? 0,
  });
  const status = createStatus(serviceStatus);
  const render = createRender({ renderOnce, rules: settings, maxRenders: settings.maxRenders });
  const open: Route[] = [
    get('/healthz', 'health', health),
    get('/readyz', 'readiness', createReadiness(publisher, lifecycle)),
  ].map((route) => ({ ...route, isOpen: true }));
  const measured = get('/metrics', 'metrics', metrics.answer);
  const hasOwnPort = settings.metricsListen !== undefined;
  const routes: Route[] = [
    { ...get('/haproxy.cfg', 'config', createConfig(poll)), isHeld: true },
    { ...get('/bundle', 'bundle', createBundle(poll)), isHeld: true },
    get('/snapshot', 'snapshot', createSnapshot(publisher, settings)),
    get('/status', 'status', status),
    ...createPages({ ...options, serviceStatus, status, lifecycle, now }),
    { path: '/render', method: 'POST', name: 'render', answer: render },
    ...admissionRoutes(options),
    ...(reports ? [evidenceRoute(reports)] : []),
    ...open,
    ...(hasOwnPort ? [] : [measured]),
  ];
  const metricsRoutes: Route[] = [...open, { ...measured, isOpen: true }];
  return { lifecycle, metrics, sweep, routes, metricsRoutes, held: poll.held };
}

/** Each poller that is sent away costs another replica a connection, and over TLS a handshake: of a millisecond or two. */
const FAREWELL_MS = 4;
/** The share of the grace time that is for them; the rest is for the last answers. */
const FAREWELL_SHARE = 0.8;

/** Over what time, in milliseconds, so many pollers are sent away. */
const farewellMs = (held: number, graceMs: number): number =>
  Math.min(held * FAREWELL_MS, graceMs * FAREWELL_SHARE);

interface Port {
  readonly listen: { readonly host: string; readonly port: number };
  /** Whether nobody has to prove who he is. */
  readonly isOpen: boolean;
  readonly routes: readonly Route[];
  readonly keyPair?: KeyPair;
}

function keyPairFiles(settings: Settings): KeyPairFiles | undefined {
  const { tlsCert: cert, tlsKey: key, tlsClientCa: ca, tlsTicketKey: ticketKey } = settings;
  if (cert === undefined || key === undefined) return undefined;
  return {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    ...(ticketKey !== undefined && { ticketKey }),
  };
}

/**
 * Starts serving: HTTP, TLS with its renewal, and what is done on a schedule.
 *
 * @throws Error where it cannot listen, or its key pair cannot be used
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, publisher, authenticator, reconcile, log, now = Date.now } = options;
  const { lifecycle, metrics, sweep, routes, metricsRoutes, held } = compose(options, now);
  const ended = new AbortController();
  const limits = { ...LIMITS, maxConnections: settings.maxConnections, ...options.limits };
  const onAnswered = (answered: Answered) => {
    metrics.noteRequest(answered);
    if (settings.logRequests) log.info('request answered', { ...answered });
  };
  const gate = createGate(authenticator, log);
  const maxBody = settings.maxBody * 1024 * 1024;
  const start = ({ listen, isOpen, keyPair, ...table }: Port): Promise<RunningServer> => {
    const { stallMs, requestTimeoutMs: withinMs } = limits;
    const onMalformed = refuseMalformed;
    const app = createApp({
      ...table,
      gate,
      lifecycle,
      maxBody,
      arrival: { withinMs, refuse: onMalformed },
      stallMs,
      log,
      onAnswered,
      writeProblem: (details) => problemPage(details, { version: options.version, now: now() }),
      ...(isOpen && {
        findStranger: createFindStranger({ listen: listen.host, more: settings.allowedHosts }),
      }),
    });
    return startServer({ app, onMalformed, listen, limits, log, ...(keyPair && { keyPair }) });
  };

  const files = keyPairFiles(settings);
  const current = files && (await readKeyPair(files));
  const isOpen = settings.auth === 'none';
  const { listen, metricsListen } = settings;
  const server = await start({ listen, isOpen, routes, ...(current && { keyPair: current }) });
  const metricsServer =
    metricsListen && (await start({ listen: metricsListen, isOpen: true, routes: metricsRoutes }));
  const { signal } = ended;
  if (files && current) watchKeyPair({ files, current, use: server.replaceKeyPair, log, signal });
  const jobs = [
    { name: 'expiry', expression: settings.expirySchedule, run: sweep },
    { name: 'reconcile', expression: settings.reconcileSchedule, run: reconcile },
  ];
  startSchedule(jobs, { log, signal });
  sweep();

  return {
    url: server.url,
    ...(metricsServer && { metricsUrl: metricsServer.url }),
    async stop() {
      lifecycle.stop();
      ended.abort();
      publisher.release(farewellMs(held(), settings.shutdownGrace));
      await Promise.all([
        server.close(settings.shutdownGrace),
        metricsServer?.close(settings.shutdownGrace),
      ]);
    },
  };
}
