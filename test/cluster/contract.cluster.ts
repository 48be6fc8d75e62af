import { after } from 'node:test';
import { contract } from '../apiserver/contract/contract.ts';
import { startControlPlane } from './control-plane.ts';

const plane = await startControlPlane({ after });

contract('the real one', async () => ({
  admin: plane.admin,
  bearing: plane.bearing,
  bookmarkSeconds: 4,
  // What etcd forgets is in the API server's own cache of the newest changes, until that is started anew.
  forget: async () => {
    await plane.etcd.compact();
    await plane.server.kill();
    await plane.server.start();
  },
}));
