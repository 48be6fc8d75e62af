import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from '../../kit/folder.ts';

export interface SuiteOptions {
  readonly program: string;
  readonly kubeconfig: string;
  readonly className: string;
  /** One of its tests, instead of all. */
  readonly only?: string;
}

/** Of its tests that fail, none takes longer to find out. */
const TIMEOUTS = {
  ...{ gatewayMustHaveCondition: '20s', gatewayStatusMustHaveListeners: '20s' },
  ...{ gatewayMustHaveAddress: '20s', gatewayListenersMustHaveConditions: '20s' },
  ...{ httpRouteMustHaveCondition: '20s', httpRouteMustNotHaveParents: '20s' },
  ...{ routeMustHaveParents: '20s', maxTimeToConsistency: '20s', defaultTestTimeout: '20s' },
  ...{ latestObservedGenerationSet: '20s', namespacesMustBeReady: '90s' },
};
const RESULT = /^ {4}--- (PASS|FAIL|SKIP): TestConformance\/(\w+) /gm;
const WORDS = { PASS: 'passes', FAIL: 'fails', SKIP: 'skipped' } as const;

/** Runs the suite for what the status of the GatewayClass says it has; gives the results by the names of its tests. */
export async function runSuite(options: SuiteOptions): Promise<ReadonlyMap<string, string>> {
  const { program, kubeconfig, className, only } = options;
  const home = await folder();
  const file = join(home, 'options.json');
  writeFileSync(file, JSON.stringify({ timeoutConfig: TIMEOUTS }));
  const args = [
    ...['-test.run=^TestConformance$', '-test.v', '-test.timeout=10m', '-test.parallel=8'],
    `--conformance-options-file=${file}`,
    `--gateway-class=${className}`,
    '--conformance-profiles=GATEWAY-HTTP',
    '--cleanup-base-resources=false',
    ...(only === undefined ? [] : [`--run-test=${only}`]),
  ];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    env: { HOME: home, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  await once(child, 'close');
  const { CONFORMANCE_LOG } = process.env;
  if (CONFORMANCE_LOG) writeFileSync(CONFORMANCE_LOG, output);
  const found = [...output.matchAll(RESULT)].map(
    ([, word, name = '']) => [name, WORDS[word as keyof typeof WORDS]] as const,
  );
  if (found.length === 0) throw new Error(`the suite did not run: ${output.slice(-4000)}`);
  return new Map(found);
}
