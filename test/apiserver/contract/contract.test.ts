import { startOwnCluster } from '../../kubernetes/own-cluster.ts';
import { contract } from './contract.ts';

contract('the double', async (t) => {
  const { server, admin, bearing } = await startOwnCluster(t, { bookmarkMs: 100 });
  return { admin, bearing, bookmarkSeconds: 1, forget: async () => server.store.compact() };
});
