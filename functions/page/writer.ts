import type { Facts, Reply } from '../http/exchange.ts';
import type { ServiceStatus } from '../status/service-status.ts';
import { type Frame, frame } from './frame.ts';
import { healthLine } from './health.ts';
import { codedReply, pageReply } from './reply.ts';

/** Answers with a page that has the line about everything above it. */
export type WritePage = (
  headers: Facts['headers'],
  page: Pick<Frame, 'title' | 'here' | 'body'>,
) => Promise<Reply>;

export function createWritePage(options: {
  readonly serviceStatus: () => ServiceStatus;
  readonly now: () => number;
}): WritePage {
  const { serviceStatus, now } = options;
  return (headers, page) => {
    const current = serviceStatus();
    const health = healthLine(current);
    const text = frame({ ...page, health, version: current.version, now: now(), alive: './' });
    return codedReply(pageReply(text), headers['accept-encoding']);
  };
}
