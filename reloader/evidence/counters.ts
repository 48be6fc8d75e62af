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

/** A type, as the next one: an interface is no record of numbers, which windows are of. */
export type FrontendCounters = {
  readonly answers: number;
  readonly failures: number;
};

export type BackendCounters = {
  readonly requests: number;
  readonly connectErrors: number;
  readonly responseErrors: number;
  /** Not since it began, but now. */
  readonly queued: number;
};

/** Of `srv_admin_state`'s bits: maintenance by command, inherited, by the configuration, by name resolution. */
const MAINTENANCE = 0x01 | 0x02 | 0x04 | 0x20;
const STOPPED = '0';
/** Classes of answers, each with a column in `show stat`. */
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'];
const OF_5XX = CLASSES.indexOf('5xx');
/** Of a proxy, in the order of the columns of `show stat`; `svname` is its kind. */
const OF_PROXIES = [
  'svname',
  'qcur',
  'stot',
  'econ',
  'eresp',
  ...CLASSES.map((of) => `hrsp_${of}`),
];
/** Of a server, as `show servers state` has them. */
const OF_SERVERS = ['srv_op_state', 'srv_admin_state'];
/** Which worker it is, as far as that is known otherwise. */
export type Known = { readonly [Mark in 'pid' | 'uptimeS']: number | undefined };

export const STAT_HEAD = '# pxname,';
/** Before the columns of `show servers state`. */
export const STATE_HEAD = '\n1\n# ';

/**
 * Finds in each row of a table what is in these columns. By one expression, made anew where the header is another one: to
 * part each row, or the header, takes two to three times as long.
 */
function createRowFinder(separator: string, names: readonly string[]) {
  let known: string | undefined;
  let row: RegExp | undefined;

  const rowOf = (header: string): RegExp | undefined => {
    const all = header.split(separator);
    const places = names.map((name) => all.indexOf(name));
    const gaps = places.map((place, i) => place - (places[i - 1] ?? -1) - 1);
    if (gaps.some((gap) => gap < 0)) return undefined;
    const cell = `[^${separator}\\n]*`;
    const cells = gaps.map((gap) => `(?:${cell}${separator}){${gap}}(${cell})`);
    return new RegExp(`^${cells.join(separator)}`, 'gm');
  };

  /** Gives whether the table has these columns. */
  return (table: string, take: (cells: readonly string[]) => void): boolean => {
    const end = table.indexOf('\n');
    const header = table.slice(0, end);
    if (header !== known) [known, row] = [header, rowOf(header)];
    if (!row) return false;
    row.lastIndex = end;
    for (let cells = row.exec(table); cells; cells = row.exec(table)) take(cells);
    return true;
  };
}

const findProxies = createRowFinder(',', OF_PROXIES);
const findServers = createRowFinder(' ', OF_SERVERS);

interface Stat {
  readonly frontends: FrontendCounters;
  readonly backends: BackendCounters | undefined;
}

/**
 * Reads `show stat`; undefined where it is none. Frontends and backends have their kind as their name, and no quoted cell
 * before the last one.
 */
function readStat(text: string): Stat | undefined {
  const frontends = { answers: 0, failures: 0 };
  const backends = { requests: 0, connectErrors: 0, responseErrors: 0, queued: 0 };
  let isWide = false;
  const isStat = findProxies(text, ([, kind, qcur, stot, econ, eresp, ...answers]) => {
    if (kind === 'BACKEND') {
      isWide = true;
      backends.requests += Number(stot);
      backends.connectErrors += Number(econ);
      backends.responseErrors += Number(eresp);
      backends.queued += Number(qcur);
    } else if (kind === 'FRONTEND') {
      for (const count of answers) frontends.answers += Number(count);
      frontends.failures += Number(answers[OF_5XX]);
    }
  });
  return isStat ? { frontends, backends: isWide ? backends : undefined } : undefined;
}

/** Reads `show servers state`: servers by their checks, without those in maintenance. */
function readServers(text: string): Counters['servers'] {
  let [up, all] = [0, 0];
  const isState = findServers(text, ([, state, admin]) => {
    if ((Number(admin) & MAINTENANCE) !== 0) return;
    all += 1;
    if (state !== STOPPED) up += 1;
  });
  return isState ? { up, all } : undefined;
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
  const stateAt = text.indexOf(STATE_HEAD, statAt);
  const info = text.slice(0, statAt);
  const stat = readStat(text.slice(statAt, stateAt < 0 ? text.length : stateAt));
  const { pid, uptimeS } = known ?? {
    pid: numberOf(info, 'Pid'),
    uptimeS: numberOf(info, 'Uptime_sec'),
  };
  if (!stat || pid === undefined || uptimeS === undefined) return undefined;
  const servers = stateAt < 0 ? undefined : readServers(text.slice(stateAt + STATE_HEAD.length));
  return {
    pid,
    uptimeS,
    ...(!known && { failedAllocations: numberOf(info, 'PoolFailed') ?? 0 }),
    frontends: stat.frontends,
    ...(stat.backends && { backends: stat.backends }),
    ...(servers && { servers }),
  };
}
