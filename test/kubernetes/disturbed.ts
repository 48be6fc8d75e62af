import assert from 'node:assert/strict';
import type { Timing } from '../../functions/kubernetes/timing.ts';
import type { ApiRequest } from '../apiserver/request.ts';
import { startApiServer } from '../apiserver/server.ts';
import { follow } from './follower.ts';
import { configure, pod } from './objects.ts';

export const ofPods = ({ resource }: ApiRequest): boolean => resource === 'pods';

/** Whether a request asks for a whole collection, and not only at which version it is. */
export const isWholeList = ({ query }: ApiRequest): boolean =>
  query.has('sendInitialEvents') || query.get('limit') === '500';

/** A server with three pods, and a follower that knows them. */
export async function begin(
  t: Parameters<typeof follow>[0],
  timing: Partial<Timing> = {},
  bookmarkMs = 30,
) {
  const server = await startApiServer(t, { bookmarkMs });
  configure(server.store, ['shop']);
  for (const name of ['a', 'b', 'c']) server.store.put('pods', pod('shop', name));
  const follower = follow(t, { base: server.base, timing });
  await follower.synced();
  await follower.agrees(server, 'pods/shop');
  const streams = () => [...server.streams].filter(({ request }) => ofPods(request));
  const podRequests = () => server.requests.filter(ofPods);
  const status = () =>
    follower.source.status().find(({ collection }) => collection === 'pods/shop') ?? assert.fail();
  /** Changes made while nobody listens; one pod is made anew under its name. */
  const churn = () => {
    server.store.put('pods', pod('shop', 'a', { status: { phase: 'Failed' } }));
    server.store.delete('pods', 'shop', 'b');
    server.store.delete('pods', 'shop', 'c');
    server.store.put('pods', pod('shop', 'c'));
    server.store.put('pods', pod('shop', 'd'));
  };
  const isRelisted = (since: number) => podRequests().slice(since).some(isWholeList);
  return { server, follower, streams, podRequests, status, churn, isRelisted };
}
