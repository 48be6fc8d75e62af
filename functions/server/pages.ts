import { createConfiguration } from '../routes/configuration.ts';
import { createRedaction } from '../core/redaction.ts';
import type { History } from '../core/revision.ts';
import { createDifference } from '../routes/difference.ts';
import { get, type Route } from './exchanges.ts';
import { createExplain } from '../routes/explain.ts';
import { createHistory } from '../routes/history.ts';
import { byAccept } from '../http/by-accept.ts';
import type { HttpFunction } from '../http/exchange.ts';
import type { Lifecycle } from '../http/lifecycle.ts';
import { createOverview } from '../routes/overview.ts';
import { createAsset } from '../page/assets.ts';
import { createWritePage } from '../page/writer.ts';
import type { Explain, Publisher } from '../publish/publication.ts';
import type { ServiceStatus } from '../status/service-status.ts';
import { createReadPast } from '../status/revisions.ts';
import type { Settings } from '../settings.ts';

export interface PagesOptions {
  readonly settings: Settings;
  readonly publisher: Publisher;
  /** Absent: nobody can ask what comes from where. */
  readonly explain?: Explain;
  /** Absent: nobody can look at what was before. */
  readonly history?: Pick<History, 'list' | 'rollout'>;
  readonly serviceStatus: () => ServiceStatus;
  /** The overview for programs. */
  readonly status: HttpFunction;
  readonly lifecycle: Lifecycle;
  readonly now: () => number;
}

function toldRoutes({ settings: rules, publisher, explain, ...options }: PagesOptions): Route[] {
  const writePage = createWritePage(options);
  const redact = createRedaction({ password: rules.statisticsPassword, files: () => [] });
  const readPast = options.history && createReadPast(options.history, options.now);
  const routes: Route[] = [];
  if (explain) {
    const page = createConfiguration({ explain, publisher, rules, redact, writePage });
    routes.push(get('/explain', 'explain', byAccept(page, createExplain(explain, rules))));
  }
  if (readPast)
    routes.push(
      get('/history', 'history', createHistory({ readPast, writePage, now: options.now })),
    );
  if (explain && readPast) {
    const answer = createDifference({ explain, readPast, redact, rules, writePage });
    routes.push(get('/diff', 'diff', answer));
  }
  return routes;
}

/** What people look at, each by Accept for programs too. */
export function createPages(options: PagesOptions): readonly Route[] {
  // Nothing of theirs is secret, and who is to sign in needs them.
  const assets = [
    get('/page.css', 'asset', createAsset('page.css')),
    get('/page.js', 'asset', createAsset('page.js')),
  ].map((route) => ({ ...route, isOpen: true }));
  return [get('/', 'overview', createOverview(options)), ...toldRoutes(options), ...assets];
}
