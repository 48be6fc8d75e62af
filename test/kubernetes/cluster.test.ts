import { after } from 'node:test';
import { kubeconfigCredentials } from '../../functions/kubernetes/kubeconfig.ts';
import { clusterSuite } from './cluster-suite.ts';
import { startOwnCluster } from './own-cluster.ts';

const own = await startOwnCluster({ after }, { bookmarkMs: 1000 });

clusterSuite('the API server of the tests', own.admin);

/**
 * The same tests run against a real cluster where KUBECONFIG names one and CLUSTER_TESTS=yes allows it. They make
 * namespaces of their own there, and a ClusterRole with its binding, and remove them.
 */
const { KUBECONFIG = '', CLUSTER_TESTS } = process.env;
if (KUBECONFIG !== '' && CLUSTER_TESTS === 'yes')
  clusterSuite(
    `the cluster of ${KUBECONFIG}`,
    await kubeconfigCredentials({ paths: KUBECONFIG, environment: process.env }),
  );
