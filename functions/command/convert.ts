import { formatDiagnostic } from '../core/diagnostics.ts';
import { readYaml, writeYaml } from '../core/yaml.ts';
import type { Controller } from './convert/annotation.ts';
import { type Converted, readDump } from './convert/dump.ts';
import { HAPROXY_INGRESS } from './convert/haproxy-ingress.ts';
import { INGRESS_NGINX, NGINX_PREFIX } from './convert/ingress-nginx.ts';
import { formatReport } from './convert/report.ts';
import { fields } from './json-fields.ts';

export interface ConvertCommand {
  readonly from: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** ConfigMap `config` of examples/ingress, as YAML. */
  readonly template: () => string;
  readonly namespace: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

export const CONTROLLERS: Readonly<Record<string, Controller>> = {
  'ingress-nginx': INGRESS_NGINX,
  'haproxy-ingress': HAPROXY_INGRESS,
};

/** What the template says of whose Ingresses it serves. */
const OWN = [
  [/(set controller = ")[^"]*(")/, (of: Controller) => of.controller],
  [/(set class = ")[^"]*(")/, (of: Controller) => of.className],
] as const;

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The configuration that serves what the controller served. */
function configurationFor(
  controller: Controller,
  { template, namespace }: ConvertCommand,
): readonly object[] {
  const text = OWN.reduce((all, [pattern, of]) => {
    if (!pattern.test(all)) throw new Error(`the template of examples/ingress has no ${pattern}`);
    return all.replace(pattern, `$1${of(controller)}$2`);
  }, template());
  const [config] = readYaml(text);
  const map = (name: string, data: unknown) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data,
  });
  return [map('config', fields(config).data), map('services', {})];
}

/** The Ingress with the annotations that the template knows beside its own; undefined where it has none such. */
function withTranslated({ object, annotations }: Converted): object | undefined {
  const added = annotations.flatMap(({ fate }) =>
    fate.kind === 'translated' && fate.as
      ? [[`${NGINX_PREFIX}${fate.as.name}`, fate.as.value]]
      : [],
  );
  if (added.length === 0) return undefined;
  const { name, namespace, labels, annotations: own } = fields(object.metadata);
  const all = { ...fields(own), ...Object.fromEntries(added) };
  const metadata = { name, namespace, ...(labels !== undefined && { labels }), annotations: all };
  return { apiVersion: object.apiVersion, kind: 'Ingress', metadata, spec: object.spec };
}

/**
 * `kubernetes-haproxy convert ingress-nginx|haproxy-ingress < dump.yaml`: manifests that serve the Ingresses of another
 * controller, on standard output; on standard error what becomes of each annotation.
 *
 * @returns the exit code: 0 where nothing is refused, else 1
 */
export async function convertCommand(command: ConvertCommand): Promise<0 | 1> {
  const { from, stdin, stdout, stderr } = command;
  const controller = CONTROLLERS[from] as Controller;
  const dump = readDump(await readAll(stdin), controller);
  for (const diagnostic of dump.diagnostics) stderr(`${formatDiagnostic(diagnostic)}\n`);
  const ingresses = dump.ingresses.flatMap((one) => withTranslated(one) ?? []);
  stdout(writeYaml([...configurationFor(controller, command), ...ingresses]));
  stderr(formatReport(dump));
  const fates = dump.ingresses.flatMap(({ annotations }) =>
    annotations.map(({ fate }) => fate.kind),
  );
  return fates.includes('refused') || dump.diagnostics.length > 0 ? 1 : 0;
}
