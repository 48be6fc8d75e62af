import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createHeldPoller } from './held-poller.ts';

/** A process of pollers. It is told what to do by messages, and says by messages when all have done it. */
export type Order =
  /** Connect so many, evenly over so many milliseconds, and poll: done when each has had an answer and asked again. */
  | { readonly order: 'connect'; readonly count: number; readonly withinMs: number }
  /** Done when each has had an answer with another hash than it has now. */
  | { readonly order: 'expect' };

export interface Done {
  /** When the last byte of the last of them came, in milliseconds of the machine's monotonic clock. */
  readonly at: number;
  /** Connections that ended without being asked to, and answers that were no bundle. */
  readonly lost: number;
  /** What came of it to each, heads included, in the mean. */
  readonly bytes: number;
}

const [, , address = '', deltas] = process.argv;
const url = new URL(address);
const port = Number(url.port);
const etags: string[] = [];
let lost = 0;
let left = 0;
let bytes = 0;

const now = () => Number(process.hrtime.bigint()) / 1e6;

function open(): Socket {
  const host = url.hostname;
  if (url.protocol === 'http:') return connectPlain({ host, port, noDelay: true });
  return connectTls({ host, port, rejectUnauthorized: false });
}

function count(): void {
  left -= 1;
  if (left === 0) process.send?.({ at: now(), lost, bytes: bytes / etags.length } satisfies Done);
}

function startPoller(i: number): void {
  const socket = open();
  socket.on('error', () => undefined);
  socket.once('close', () => {
    lost += 1;
    startPoller(i);
  });
  const poller = createHeldPoller({
    socket,
    name: `proxy-${i}`,
    takesDeltas: deltas === 'deltas',
    onAnswer({ status, etag, bytes: length }) {
      if (status !== 200 && status !== 226) lost += 1;
      bytes += length;
      const isNew = etags[i] !== etag;
      etags[i] = etag;
      if (isNew) count();
    },
  });
  poller.ask();
}

function connectAll(total: number, withinMs: number): void {
  const began = now();
  let made = 0;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.ceil((total * (now() - began)) / withinMs));
    for (; made < due; made += 1) startPoller(made);
    if (made === total) clearInterval(timer);
  }, 5);
}

process.on('message', (order: Order) => {
  if (order.order === 'expect') {
    left = etags.length;
    bytes = 0;
    return;
  }
  left = order.count;
  connectAll(order.count, order.withinMs);
});
process.on('disconnect', () => process.exit());
