import { after } from 'node:test';
import { clusterSuite } from '../kubernetes/cluster-suite.ts';
import { startControlPlane } from './control-plane.ts';

const { admin } = await startControlPlane({ after });

clusterSuite('the real one', admin);
