import { after } from 'node:test';
import { contract } from '../apiserver/contract/contract.ts';
import { startControlPlane } from './control-plane.ts';

const plane = await startControlPlane({ after });

contract('the real one', async () => ({ ...plane, bookmarkSeconds: 4 }));
