import { historyRows } from '../core/history-rows.ts';
import { type HttpFunction, jsonReply } from '../http/exchange.ts';
import { prefersHtml } from '../http/accept.ts';
import { historyBody } from '../page/history.ts';
import type { WritePage } from '../page/writer.ts';
import type { Past } from '../status/revisions.ts';

export interface HistoryOptions {
  readonly readPast: () => Promise<Past>;
  readonly writePage: WritePage;
  readonly now: () => number;
}

/** `GET /history`: the revisions that are kept, what each changed, and by whom; oldest first for programs. */
export function createHistory({ readPast, writePage, now }: HistoryOptions): HttpFunction {
  return async ({ headers }) => {
    const { revisions, rollout } = await readPast();
    const rows = historyRows(revisions, rollout);
    if (!prefersHtml(headers.accept)) return jsonReply({ revisions: rows });
    return writePage(headers, {
      title: 'History · kubernetes-haproxy',
      here: './history',
      body: historyBody(rows, now()),
    });
  };
}
