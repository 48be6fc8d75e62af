import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { API_AUDIENCE } from '../apiserver/access.ts';
import { freePort } from '../kit/port.ts';
import { createAuthority, type Pair } from '../kubernetes/authority.ts';
import { startDaemon } from './daemon.ts';

export interface ApiServerOptions {
  /** Files are kept here. */
  readonly home: string;
  readonly etcd: string;
}

/** The real API server: with TLS, RBAC, keys of its own for the tokens of service accounts, and an audit log. */
export interface RealApiServer {
  readonly url: string;
  readonly port: number;
  readonly ca: string;
  /** A client certificate that may do everything. */
  readonly admin: Pair;
  /** Signs tokens of service accounts, in PEM. */
  readonly tokenKey: string;
  /** JSON lines, `audit.k8s.io/v1` Events. */
  readonly auditLog: string;
  start(features?: Readonly<Record<string, boolean>>): Promise<void>;
  kill(): Promise<void>;
}

/** Every request once, when it is answered, or (a watch) when its answer begins. */
const AUDIT_POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
`;

/** Makes all files that it needs; it runs from `start` to `kill`. */
export async function createApiServer({ home, etcd }: ApiServerOptions): Promise<RealApiServer> {
  const at = (file: string) => join(home, file);
  const keep = (file: string, content: string) => {
    writeFileSync(at(file), content);
    return at(file);
  };
  const authority = createAuthority(home, 'cluster');
  const serving = authority.issue('apiserver');
  const admin = authority.issue('admin', 'system:masters');
  const rsa = ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  const tokenKey = execFileSync('openssl', rsa, { encoding: 'utf8', stdio: 'pipe' });
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const flags = {
    'etcd-servers': etcd,
    'etcd-compaction-interval': '0',
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': String(port),
    'endpoint-reconciler-type': 'none',
    'service-cluster-ip-range': '10.0.0.0/24',
    'tls-cert-file': keep('serving.pem', serving.cert),
    'tls-private-key-file': keep('serving.key', serving.key),
    'client-ca-file': keep('ca.pem', authority.ca),
    'service-account-issuer': API_AUDIENCE,
    'service-account-key-file': keep('tokens.key', tokenKey),
    'service-account-signing-key-file': at('tokens.key'),
    'authorization-mode': 'RBAC',
    // It waits for accounts that a controller makes, and no controllers run.
    'disable-admission-plugins': 'ServiceAccount',
    'audit-policy-file': keep('audit-policy.yaml', AUDIT_POLICY),
    'audit-log-path': at('audit.log'),
    v: '0',
  };
  const dispatcher = new Agent({ connect: { ca: authority.ca, ...admin } });
  const isReady = async () => {
    const { statusCode, body } = await request(`${url}/readyz`, { dispatcher });
    await body.dump();
    return statusCode === 200;
  };
  let daemon: Awaited<ReturnType<typeof startDaemon>> | undefined;
  return {
    url,
    port,
    ca: authority.ca,
    admin,
    tokenKey,
    auditLog: at('audit.log'),
    async start(features = {}) {
      const gates = Object.entries(features).map(([name, isOn]) => `${name}=${isOn}`);
      const all = { ...flags, ...(gates.length > 0 ? { 'feature-gates': gates.join() } : {}) };
      daemon = await startDaemon({
        program: 'kube-apiserver',
        flags: Object.entries(all).map(([name, value]) => `--${name}=${value}`),
        isReady,
      });
    },
    kill: async () => daemon?.kill(),
  };
}
