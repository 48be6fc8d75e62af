import { byAccept } from '../http/by-accept.ts';
import type { HttpFunction } from '../http/exchange.ts';
import type { Lifecycle } from '../http/lifecycle.ts';
import type { FleetView } from '../page/fleet.ts';
import { createLive } from '../page/live.ts';
import { overviewPage } from '../page/overview.ts';
import type { ServiceStatus } from '../status/service-status.ts';

export interface OverviewOptions {
  readonly serviceStatus: () => ServiceStatus;
  /** For programs. */
  readonly status: HttpFunction;
  readonly lifecycle: Lifecycle;
  readonly now: () => number;
}

const MOST_TEXT = 200;

/** People write addresses by hand: what cannot be used is not there. */
function readView(search: string): FleetView {
  const query = new URLSearchParams(search);
  const from = Number(query.get('from') ?? 0);
  return {
    text: (query.get('fleet') ?? '').trim().slice(0, MOST_TEXT),
    from: Number.isSafeInteger(from) && from > 0 ? from : 0,
  };
}

/** `GET /`: the state of the service for people, kept up to date while they look; for programs as `/status` has it. */
export function createOverview({
  serviceStatus,
  status,
  lifecycle,
  now,
}: OverviewOptions): HttpFunction {
  const write = (search: string) =>
    overviewPage(serviceStatus(), { view: readView(search), now: now() });
  return byAccept(createLive({ write, lifecycle, now }), status);
}
