import { foreign, foreignMap, noteLineWords } from '../template/foreign.ts';
import { merged } from '../template/json/index.ts';
import type { Diagnostic } from './diagnostics.ts';
import { InputInventory } from './input-inventory.ts';
import { isFeedId } from './inputs/input.ts';
import { sameData } from './intent.ts';
import type { InventoryUpdate } from './inventory-update.ts';
import { type Change, formatKey, readData } from './objects.ts';
import { type Pod, type PodPhase, readPod } from './pods.ts';
import { readService, type ServiceDefinition, selects } from './services.ts';
import type { ServiceView, Snapshot } from './snapshot.ts';

/** One service with the pods that match it, and the view that the last snapshot had of it. */
interface Member {
  readonly text: string;
  readonly definition: ServiceDefinition;
  readonly pods: Map<string, Pod>;
  view: ServiceView | undefined;
}

interface Rejected {
  readonly text: string;
  readonly diagnostic: Diagnostic;
}

export interface Updated {
  readonly snapshot: Snapshot;
  /** Whether a service has lost a pod that took new connections: that is never worth waiting for more changes. */
  readonly hasLostPod: boolean;
}

export interface Inventory {
  /** Takes changes in, and gives the snapshot after them. */
  update(update: InventoryUpdate): Updated;
}

const NO_PODS: ReadonlyMap<string, Pod> = new Map();

/** Templates read a service's pods sorted by name; a Map keeps that order for names like `10` too. */
function viewOf({ definition, pods }: Member): ServiceView {
  const names = [...pods.keys()].sort();
  const inPhase = (phase: PodPhase) => {
    const views: Array<readonly [string, unknown]> = [];
    for (const name of names) {
      const pod = pods.get(name) as Pod;
      if (pod.phase === phase) views.push([foreign(name), pod.view]);
    }
    return foreignMap(views);
  };
  const own = {
    name: foreign(definition.name),
    pods: inPhase('ready'),
    draining: inPhase('draining'),
  };
  const view = merged(definition.fields, own);
  if (!(view instanceof Map)) noteLineWords(view);
  return Object.freeze(view);
}

function unreadDiagnostic(object: string, { name, namespace }: ServiceDefinition): Diagnostic {
  return {
    severity: 'error',
    code: 'service-pods-unread',
    message: `service ${name} is left out: the pods of namespace ${namespace} have not been read yet`,
    hint: `Let the service account of the render service list and watch pods in ${namespace}.`,
    where: { object, key: name },
  };
}

const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/** Whether new connections must no longer go where they went before. */
function isLost(before: Pod | undefined, after: Pod | undefined): boolean {
  return before?.phase === 'ready' && after?.ip !== before.ip;
}

/**
 * Keeps the objects of one configuration namespace and the pods that its services name, and tells snapshots of them.
 * Costs follow the change, not the whole: a pod's change touches the services of its namespace that match it.
 */
export function createInventory(namespace: string): Inventory {
  const object = `configmaps/${namespace}/services`;
  const pods = new Map<string, Map<string, Pod>>();
  const members = new Map<string, Member>();
  const rejected = new Map<string, Rejected>();
  const inputs = new InputInventory(namespace);
  let config: Snapshot['config'];
  let hasServices = false;
  let last: Snapshot | undefined;
  let hasLostPod = false;

  function putPod(podNamespace: string, name: string, pod: Pod | undefined): void {
    const all = pods.get(podNamespace) ?? new Map<string, Pod>();
    if (pod) pods.set(podNamespace, all.set(name, pod));
    else if (all.delete(name) && all.size === 0) pods.delete(podNamespace);
    for (const member of members.values()) {
      if (member.definition.namespace !== podNamespace) continue;
      const before = member.pods.get(name);
      const phase = pod && selects(member.definition.selector, pod.labels) ? pod.phase : 'absent';
      if (pod && phase !== 'absent') member.pods.set(name, pod);
      else if (!member.pods.delete(name)) continue;
      hasLostPod ||= isLost(before, phase === 'ready' ? pod : undefined);
      member.view = undefined;
    }
  }

  function putService(name: string, text: string): void {
    if (members.get(name)?.text === text || rejected.get(name)?.text === text) return;
    members.delete(name);
    rejected.delete(name);
    const result = readService({ object, name, text });
    if (result.kind === 'problem') {
      rejected.set(name, { text, diagnostic: result.diagnostic });
      return;
    }
    const { service } = result;
    const matching = new Map<string, Pod>();
    for (const [podName, pod] of pods.get(service.namespace) ?? NO_PODS)
      if (pod.phase !== 'absent' && selects(service.selector, pod.labels))
        matching.set(podName, pod);
    members.set(name, { text, definition: service, pods: matching, view: undefined });
  }

  function putServices(data: Readonly<Record<string, string>> | undefined): void {
    hasServices = data !== undefined;
    for (const name of [...members.keys(), ...rejected.keys()]) {
      if (data && Object.hasOwn(data, name)) continue;
      members.delete(name);
      rejected.delete(name);
    }
    for (const [name, text] of Object.entries(data ?? {})) putService(name, text);
  }

  function take(change: Change): void {
    if (isFeedId(change.kind)) {
      inputs.take(change);
      return;
    }
    const json = change.type === 'put' ? change.json : undefined;
    if (change.kind === 'pods')
      putPod(change.namespace, change.name, json ? readPod(json) : undefined);
    const key = formatKey(change);
    if (key !== object && key !== `configmaps/${namespace}/config`) return;
    const data = json && readData(json);
    if (key === object) putServices(data);
    else {
      // Compiled templates, and what they rendered, are kept by it.
      if (!sameData(config, data)) config = data;
      inputs.configure(data);
    }
  }

  function tell(certificates: readonly string[], unread: readonly string[]): Snapshot {
    const names = [...members.keys()].sort();
    const all = names.map((name) => members.get(name) as Member);
    const missing = all.filter(({ definition }) => unread.includes(definition.namespace));
    const services = all
      .filter((member) => !missing.includes(member))
      .map((member) => {
        member.view ??= viewOf(member);
        return member.view;
      });
    const diagnostics = [
      ...[...rejected.values()].map(({ diagnostic }) => diagnostic),
      ...missing.map(({ definition }) => unreadDiagnostic(object, definition)),
    ];
    return Object.freeze({
      services: last && same(last.services, services) ? last.services : Object.freeze(services),
      certificates:
        last && same(last.certificates, certificates)
          ? last.certificates
          : Object.freeze([...certificates]),
      ...inputs.view(),
      config,
      hasServices,
      diagnostics,
    });
  }

  return {
    update({ changes, certificates, unread, feeds, held }) {
      if (feeds) inputs.note(feeds);
      if (held) inputs.hold(held);
      hasLostPod = false;
      for (const change of changes) take(change);
      last = tell(certificates, unread);
      return { snapshot: last, hasLostPod };
    },
  };
}
