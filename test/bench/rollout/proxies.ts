import { connect } from 'node:net';
import { createHeldPoller } from '../poll/held-poller.ts';
import { createWindow, type Health } from './window.ts';

/** A process of proxies without HAProxy, which run what they are given, and tell of it as reloaders do. */
export type Order =
  /** Connect so many; done when all run a revision. */
  | { readonly order: 'connect'; readonly count: number }
  /** What is wrong with a revision, from now on. */
  | { readonly order: 'blame'; readonly revision: string; readonly fault: Fault }
  /** Done when so many run this revision; with `isBack` when they do after the first has told that one is bad. */
  | {
      readonly order: 'await';
      readonly revision: string;
      readonly count: number;
      readonly isBack?: true;
    }
  /** Done when each has been given something else than it has now. */
  | { readonly order: 'expect' }
  /** Done when what they have told so far has been counted. */
  | { readonly order: 'count' };

export type Fault = Health | 'refused';

/** Times in milliseconds of the machine's monotonic clock. */
export interface Done {
  readonly at: number;
  /** When the proxy in the middle had it. */
  readonly middleAt: number;
  /** When the first proxy told that the blamed revision is bad; undefined where none has. */
  readonly toldAt: number | undefined;
  /** Bytes of evidence so far, of how many lines. */
  readonly bytes: number;
  readonly lines: number;
  /** Connections that ended, and answers that were none. */
  readonly lost: number;
}

const port = Number(new URL(process.argv[2] ?? '').port);
const revisions: string[] = [];
const fresh = new Set<number>();
let blamed = '';
let fault: Fault = 'good';
let awaited: Extract<Order, { order: 'await' }> | undefined;
let total = 0;
let expected = 0;
let middleAt = 0;
let toldAt: number | undefined;
let [bytes, lines, lost] = [0, 0, 0];

const now = () => Number(process.hrtime.bigint()) / 1e6;
const field = (head: string, name: string): string | undefined =>
  new RegExp(`^${name}: ([^\\r]*)\\r`, 'im').exec(head)?.[1];

function done(): void {
  process.send?.({ at: now(), middleAt, toldAt, bytes, lines, lost } satisfies Done);
}

/** A proxy runs another revision. */
function look(): void {
  if (!awaited) return;
  const { revision, count, isBack } = awaited;
  if (isBack && toldAt === undefined) return;
  const there = revisions.filter((one) => one === revision).length;
  if (there >= count / 2 && middleAt === 0) middleAt = now();
  if (there < count) return;
  awaited = undefined;
  done();
}

function gotSomethingElse(i: number): void {
  if (expected === 0 || fresh.has(i)) return;
  fresh.add(i);
  if (fresh.size === Math.ceil(expected / 2)) middleAt = now();
  if (fresh.size < expected) return;
  expected = 0;
  done();
}

function evidenceLine(text: string): string {
  const line = `X-Evidence: ${text}\r\n`;
  bytes += line.length;
  lines += 1;
  return line;
}

function startProxy(i: number): void {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const window = createWindow();
  let asOf = '';
  let etag = '';

  function more(): string {
    const runs = revisions[i] ?? '';
    const isBad = runs !== '' && runs === blamed;
    const refuses = isBad && fault === 'refused';
    const told = window.tell(isBad && fault !== 'refused' ? fault : 'good');
    if (isBad && (told !== undefined || refuses)) toldAt ??= now();
    return [
      asOf && `X-Config-As-Of: ${asOf}\r\n`,
      runs && `X-Running-Revision: ${runs}\r\n`,
      refuses ? `X-Refused-Revision: ${runs}\r\nX-Refused-Reason: unknown keyword\r\n` : '',
      told === undefined ? '' : evidenceLine(told),
    ].join('');
  }

  socket
    .on('error', () => undefined)
    .once('close', () => {
      lost += 1;
    });
  const poller = createHeldPoller({
    socket,
    name: `proxy-${i}`,
    takesDeltas: true,
    more,
    waitS: () => window.leftS(),
    onAnswer({ status, etag: given, head }) {
      if (![200, 226, 304].includes(status)) lost += 1;
      const revision = field(head, 'x-config-revision') ?? '';
      asOf = field(head, 'x-config-as-of') ?? asOf;
      const isNew = given !== etag;
      etag = given;
      if (revisions[i] !== revision) {
        revisions[i] = revision;
        look();
      }
      window.want(field(head, 'x-rollout-evidence'), revision);
      if (isNew) gotSomethingElse(i);
    },
  });
  poller.ask();
}

process.on('message', (order: Order) => {
  if (order.order === 'connect') {
    total = order.count;
    expected = total;
    fresh.clear();
    for (let i = 0; i < total; i += 1) startProxy(i);
  } else if (order.order === 'blame') {
    blamed = order.revision;
    fault = order.fault;
    toldAt = undefined;
  } else if (order.order === 'await') {
    awaited = order;
    middleAt = 0;
    look();
  } else if (order.order === 'expect') {
    fresh.clear();
    expected = total;
    middleAt = 0;
  } else done();
});
process.on('disconnect', () => process.exit());
