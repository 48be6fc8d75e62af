/** What a worker of HAProxy has counted since it began. */
export interface Counters {
  readonly pid: number;
  readonly uptimeS: number;
  /** Allocations that failed, where that was asked for. */
  readonly failedAllocations?: number;
  readonly frontends: FrontendCounters;
  /** Where they were asked for. */
  readonly backends?: BackendCounters;
  readonly servers?: { readonly up: number; readonly all: number };
}

export interface FrontendCounters {
  readonly answers: number;
  readonly failures: number;
}

export interface BackendCounters {
  readonly requests: number;
  readonly connectErrors: number;
  readonly responseErrors: number;
  /** Not since it began, but now. */
  readonly queued: number;
}

/** Of `srv_admin_state`'s bits: maintenance by command, inherited, by the configuration, by name resolution. */
const MAINTENANCE = 0x01 | 0x02 | 0x04 | 0x20;
const STOPPED = '0';
const OF_BACKENDS = ['qcur', 'stot', 'econ', 'eresp'] as const;
const OF_ANSWERS = [
  'hrsp_1xx',
  'hrsp_2xx',
  'hrsp_3xx',
  'hrsp_4xx',
  'hrsp_5xx',
  'hrsp_other',
] as const;
/** Which worker it is, as far as that is known otherwise. */
export type Known = { readonly [Mark in 'pid' | 'uptimeS']: number | undefined };

export const STAT_HEAD = '# pxname,';
const STATE = '\n1\n# be_id ';

/** Where each column is; those of rows beyond the last of them are not parted. */
function columnsOf<Name extends string>(header: string, separator: string, names: readonly Name[]) {
  const all = header.replace(/^# /, '').split(separator);
  const at = names.map((name) => [name, all.indexOf(name)] as const);
  if (at.some(([, index]) => index < 0)) return undefined;
  const last = Math.max(...at.map(([, index]) => index));
  return { at: Object.fromEntries(at) as Readonly<Record<Name, number>>, count: last + 1 };
}

interface Stat {
  readonly frontends: FrontendCounters;
  readonly backends: BackendCounters | undefined;
}

/**
 * Reads `show stat`; undefined where it is none. Frontends and backends have their kind as their name, and no quoted cell
 * before the last one. What is told of backends, which are many, stands in the first of many columns.
 */
function readStat(text: string): Stat | undefined {
  const [header = '', ...rows] = text.split('\n');
  const few = columnsOf(header, ',', ['svname', ...OF_BACKENDS]);
  const many = columnsOf(header, ',', OF_ANSWERS);
  if (!few || !many) return undefined;
  const frontends = { answers: 0, failures: 0 };
  const backends = { requests: 0, connectErrors: 0, responseErrors: 0, queued: 0 };
  let isWide = false;
  for (const row of rows) {
    const cells = row.split(',', few.count);
    const kind = cells[few.at.svname];
    if (kind === 'BACKEND') {
      isWide = true;
      backends.requests += Number(cells[few.at.stot]);
      backends.connectErrors += Number(cells[few.at.econ]);
      backends.responseErrors += Number(cells[few.at.eresp]);
      backends.queued += Number(cells[few.at.qcur]);
    } else if (kind === 'FRONTEND') {
      const answers = row.split(',', many.count);
      for (const name of OF_ANSWERS) frontends.answers += Number(answers[many.at[name]]);
      frontends.failures += Number(answers[many.at.hrsp_5xx]);
    }
  }
  return { frontends, backends: isWide ? backends : undefined };
}

/** Reads `show servers state`: servers by their checks, without those in maintenance. */
function readServers(text: string): Counters['servers'] {
  const [header = '', ...rows] = text.split('\n');
  const columns = columnsOf(header, ' ', ['srv_op_state', 'srv_admin_state']);
  if (!columns) return undefined;
  const { at, count } = columns;
  let [up, all] = [0, 0];
  for (const row of rows) {
    const cells = row.split(' ', count);
    if (cells.length < count || (Number(cells[at.srv_admin_state]) & MAINTENANCE) !== 0) continue;
    all += 1;
    if (cells[at.srv_op_state] !== STOPPED) up += 1;
  }
  return { up, all };
}

/** A line of `show info`; undefined where there is none of this name. */
function numberOf(info: string, name: string): number | undefined {
  const label = `\n${name}: `;
  const at = info.indexOf(label);
  return at < 0 ? undefined : Number.parseInt(info.slice(at + label.length), 10);
}

/**
 * Reads the answers of `show info`, `show stat` and `show servers state`, one after the other; undefined for others.
 *
 * @param known whose they are, where `show info` was not asked for
 */
export function parseCounters(text: string, known?: Known): Counters | undefined {
  const statAt = text.indexOf(STAT_HEAD);
  if (statAt < 0) return undefined;
  const stateAt = text.indexOf(STATE, statAt);
  const info = text.slice(0, statAt);
  const stat = readStat(text.slice(statAt, stateAt < 0 ? text.length : stateAt));
  const { pid, uptimeS } = known ?? {
    pid: numberOf(info, 'Pid'),
    uptimeS: numberOf(info, 'Uptime_sec'),
  };
  if (!stat || pid === undefined || uptimeS === undefined) return undefined;
  const servers = stateAt < 0 ? undefined : readServers(text.slice(stateAt + '\n1\n'.length));
  return {
    pid,
    uptimeS,
    ...(!known && { failedAllocations: numberOf(info, 'PoolFailed') ?? 0 }),
    frontends: stat.frontends,
    ...(stat.backends && { backends: stat.backends }),
    ...(servers && { servers }),
  };
}
