import type { NewObject } from '../apiserver/store.ts';

const VARIABLES = 40;

/** A pod as they are in clusters: about 9 kB of JSON, without `managedFields`. */
export function realisticPod(name: string, ip: string): NewObject {
  const environment = Array.from({ length: VARIABLES }, (_, i) => ({
    name: `SETTING_NUMBER_${i}`,
    value: `https://service-${i}.shop.svc.cluster.local:8443/api/v1/resources?timeout=30s`,
  }));
  const at = '2026-01-01T00:00:00Z';
  const container = {
    name: 'web',
    image: 'images.example/shop/web:2026.1.1',
    imagePullPolicy: 'IfNotPresent',
    env: environment,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    resources: { limits: { memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' },
      periodSeconds: 10,
    },
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'http', scheme: 'HTTP' },
      periodSeconds: 5,
    },
    volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets/tokens', readOnly: true }],
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
  };
  return {
    metadata: {
      name,
      namespace: 'shop',
      generateName: 'web-7d4b9c6f5d-',
      creationTimestamp: at,
      labels: {
        app: 'web',
        'pod-template-hash': '7d4b9c6f5d',
        'app.kubernetes.io/part-of': 'shop',
      },
      annotations: { 'prometheus.io/scrape': 'true', 'example.com/notes': 'x'.repeat(1500) },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d4b9c6f5d', uid: 'r' },
      ],
    },
    spec: {
      containers: [container],
      nodeName: 'node-1.example',
      serviceAccountName: 'web',
      restartPolicy: 'Always',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
      ],
      volumes: [
        { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ],
    },
    status: {
      phase: 'Running',
      hostIP: '10.1.0.1',
      podIP: ip,
      podIPs: [{ ip }],
      startTime: at,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: at,
      })),
      containerStatuses: [
        {
          name: 'web',
          ready: true,
          started: true,
          restartCount: 0,
          image: 'images.example/shop/web:2026.1.1',
          imageID: `images.example/shop/web@sha256:${'a'.repeat(64)}`,
          containerID: `containerd://${'b'.repeat(64)}`,
          state: { running: { startedAt: at } },
        },
      ],
      qosClass: 'Burstable',
    },
  };
}
