import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Backend, startBackend } from './backend.ts';
import { makeCertificate, type TestCertificate } from './certificate.ts';
import { balancing } from './configuration.ts';
import { folder } from './folder.ts';
import { configMap, pod, secret } from './objects.ts';
import { freePort } from './port.ts';
import { type RunningReloader, startReloader } from './reloader.ts';
import { get } from './request.ts';
import { type ServiceProcess, startServiceProcess } from './service.ts';
import { until } from './until.ts';

const WEB = { web: '{"namespace":"shop","selector":{"app":"web"}}' };

export interface LoopOptions {
  /** Settings of the service. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings of the reloader. */
  readonly reloader?: Readonly<Record<string, string>>;
  /** A port on which HAProxy answers by TLS, with the certificate `site`. */
  readonly tlsPort?: number;
}

/** Backends of tests listen on ports of 127.0.0.1, which their pods tell as a label. */
const template = (port: number, tlsPort: number | undefined) => `${balancing(port, []).replace(
  '  default_backend app\n',
  tlsPort === undefined ? '$&' : `$&  bind 127.0.0.1:${tlsPort} ssl crt {{ssldir}}/site.pem\n`,
)}
{%- for pod in services[0].pods.itervalues() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:{{ pod.metadata.labels.port }}
{%- endfor %}
`;

/** Manifests, the render service, a reloader and its HAProxy: all real, all processes of their own. */
export interface Loop {
  readonly port: number;
  service: ServiceProcess;
  reloader: RunningReloader;
  /** Makes this backend the only pod, and waits until HAProxy answers with it. */
  turnTo(backend: Backend & { readonly name: string }): Promise<void>;
  /** The configuration's template, as it is. */
  readonly template: string;
  /** Replaces it. */
  write(template: string): Promise<void>;
  /** Adds entries to ConfigMap `services`. */
  addServices(more: Readonly<Record<string, string>>): Promise<void>;
  /** Takes entries out of it. */
  dropServices(...names: readonly string[]): Promise<void>;
  /** Deletes the certificate `site`. */
  loseCertificate(): Promise<void>;
  /** Gives the certificate `site` anew, as when it is renewed. */
  renew(): Promise<TestCertificate>;
  startService(): Promise<void>;
  startReloader(env?: Readonly<Record<string, string>>): Promise<void>;
  /** What HAProxy answers now. */
  ask(): Promise<string>;
}

/** Starts the whole loop, without waiting for a configuration. */
export async function startLoop(
  t: TestContext,
  { env = {}, reloader = {}, tlsPort }: LoopOptions = {},
): Promise<Loop> {
  const manifests = await folder();
  const stateDir = await folder();
  const [port, servicePort] = [await freePort(), await freePort()];
  let text = template(port, tlsPort);
  let services: Readonly<Record<string, string>> = WEB;
  let pods: object[] = [];
  let isLost = false;
  let certificate = await makeCertificate({ names: ['site.test'] });

  async function save(): Promise<void> {
    const items = [
      configMap('services', services),
      configMap('config', { template: text }),
      configMap('certificates', isLost ? {} : { site: certificate.certificatePem }),
      secret('keys', isLost ? {} : { site: Buffer.from(certificate.keyPem).toString('base64') }),
      ...pods,
    ];
    const path = join(manifests, 'all.json');
    await writeFile(`${path}.new`, JSON.stringify({ kind: 'List', items }));
    await rename(`${path}.new`, path);
  }
  const newService = () =>
    startServiceProcess(t, { from: manifests, listen: `127.0.0.1:${servicePort}`, env });
  const newReloader = (its: Readonly<Record<string, string>> = {}) =>
    startReloader(t, {
      stateDir,
      renderer: `http://127.0.0.1:${servicePort}`,
      env: { ...reloader, ...its },
    });
  const ask = async () => {
    const { status, text: answer } = await get(port);
    if (status !== 200) throw new Error(`HAProxy answers ${status}`);
    return answer;
  };

  await save();
  const loop: Loop = {
    port,
    template: text,
    service: await newService(),
    reloader: await newReloader(),
    async turnTo({ name, port: backendPort }) {
      pods = [pod({ name, ip: '127.0.0.1', labels: { app: 'web', port: `${backendPort}` } })];
      await save();
      await until(`HAProxy answers with ${name}`, async () => (await ask()) === name);
    },
    async write(next) {
      text = next;
      await save();
    },
    async addServices(more) {
      services = { ...services, ...more };
      await save();
    },
    async dropServices(...names) {
      services = Object.fromEntries(
        Object.entries(services).filter(([name]) => !names.includes(name)),
      );
      await save();
    },
    async loseCertificate() {
      isLost = true;
      await save();
    },
    async renew() {
      isLost = false;
      certificate = await makeCertificate({ names: ['site.test'] });
      await save();
      return certificate;
    },
    async startService() {
      loop.service = await newService();
    },
    async startReloader(its) {
      loop.reloader = await newReloader(its);
    },
    ask,
  };
  return loop;
}

/** A backend with a name, as a pod. */
export async function namedBackend(t: TestContext, name: string) {
  return { name, ...(await startBackend(t, name)) };
}
