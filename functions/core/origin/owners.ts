import { plain } from '../../template/foreign.ts';
import type { Step } from '../../template/index.ts';
import { entriesOf, isJsonObject, memberOf } from '../../template/json/index.ts';
import type { ServiceView } from '../snapshot.ts';
import { type InputEntry, objectsIn, podsOf, type Values } from '../structure/entries.ts';
import type { ObjectName, Owner, PodName } from './origin.ts';

/** A service, a pod of one, or another object, that a value belongs to. */
interface Owned {
  readonly service?: ServiceView;
  readonly pod?: object;
  /** An object of an input. */
  readonly object?: object;
}

/** Members of a list that are looked at. */
const MOST_MEMBERS = 20;

const textAt = (value: unknown, key: string): string => {
  const text = memberOf(value, key);
  return typeof text === 'string' ? plain(text) : '';
};

const nameOf = (service: ServiceView): string => textAt(service, 'name');

const PHASES = ['pods', 'draining'] as const;

/** The pods of a service by name. */
const podsIn = (service: ServiceView): readonly (readonly [string, object])[] =>
  PHASES.flatMap((phase) => [...podsOf(service, phase)]);

/** Whether a value is a pod of a service, found by its name. */
function isPodOf(service: ServiceView, value: object): boolean {
  const name = memberOf(memberOf(value, 'metadata'), 'name');
  return (
    typeof name === 'string' && PHASES.some((phase) => podsOf(service, phase).get(name) === value)
  );
}

/**
 * Whose the values are that a render is in the midst of: told by identity, since what a template gets of the snapshot is
 * always the same objects; of texts, by the names and addresses of pods and services.
 */
export class Owners {
  private readonly services: ReadonlyMap<unknown, ServiceView>;
  private readonly objects: ReadonlyMap<object, InputEntry>;
  private readonly byName = new Map<string, ServiceView>();
  private byPod: Map<object, ServiceView[]> | undefined;
  private byAddress: Map<string, readonly object[]> | undefined;
  private parts: Map<object, ServiceView> | undefined;
  private readonly bySteps = new WeakMap<readonly Step[], Owner>();

  constructor({ services, inputs }: Pick<Values, 'services' | 'inputs'>) {
    this.objects = new Map(objectsIn(inputs).map((entry) => [entry.value, entry]));
    this.services = new Map(services.map((service) => [service, service]));
    for (const service of services) this.byName.set(nameOf(service), service);
  }

  /** The services of every pod: looked at when a template has a pod outside of its service. */
  private get podServices(): ReadonlyMap<object, readonly ServiceView[]> {
    if (this.byPod) return this.byPod;
    const found = new Map<object, ServiceView[]>();
    for (const service of this.services.values())
      for (const [, pod] of podsIn(service)) {
        const known = found.get(pod);
        if (known) known.push(service);
        else found.set(pod, [service]);
      }
    this.byPod = found;
    return found;
  }

  private isPod(value: object, { service }: Owned): boolean {
    return (service && isPodOf(service, value)) || this.podServices.has(value);
  }

  /** Looked at when a template has texts instead of pods. */
  private podsAt(address: string): readonly object[] {
    if (this.byAddress === undefined) {
      this.byAddress = new Map();
      for (const pod of this.podServices.keys()) {
        const own = textAt(memberOf(pod, 'status'), 'podIP');
        this.byAddress.set(own, [...(this.byAddress.get(own) ?? []), pod]);
      }
    }
    return this.byAddress.get(address) ?? [];
  }

  /** What services are made of, but for their pods: looked at when a template has a part of one without the rest. */
  private serviceOfPart(value: object): ServiceView | undefined {
    this.parts ??= new Map();
    if (this.parts.size === 0) for (const service of this.services.values()) this.addParts(service);
    return this.parts.get(value);
  }

  private addParts(service: ServiceView): void {
    const own = entriesOf(service).filter(([key]) => key !== 'pods' && key !== 'draining');
    const add = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      this.parts?.set(value, service);
      if (Array.isArray(value)) value.forEach(add);
      else if (isJsonObject(value)) for (const [, member] of entriesOf(value)) add(member);
    };
    for (const [, value] of own) add(value);
  }

  private ofText(text: string, around: Owned): Owned | undefined {
    const { service } = around;
    const named = service && podsIn(service).find(([name]) => plain(name) === text)?.[1];
    const addressed = this.podsAt(text);
    const own = service
      ? addressed.find((pod) => this.podServices.get(pod)?.includes(service))
      : undefined;
    const pod = named ?? own ?? (addressed.length === 1 ? addressed[0] : undefined);
    if (pod) return { pod };
    const found = service ? undefined : this.byName.get(text);
    return found && { service: found };
  }

  private *ofValue(value: unknown, around: Owned): Generator<Owned> {
    if (typeof value === 'string') {
      const owned = value === '' ? undefined : this.ofText(plain(value), around);
      if (owned) yield owned;
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const service = this.services.get(value);
    if (service) yield { service };
    else if (this.isPod(value, around)) yield { pod: value };
    else if (this.objects.has(value)) yield { object: value };
    else if (Array.isArray(value)) {
      for (const member of value.slice(0, MOST_MEMBERS)) yield* this.ofValue(member, around);
    } else {
      const whole = around.service ? undefined : this.serviceOfPart(value);
      if (whole) yield { service: whole };
    }
  }

  /** Whose it is within what is another's. */
  private within(around: Owned, values: readonly unknown[]): Owned {
    const found = values.flatMap((value) => [...this.ofValue(value, around)]);
    if (found.length === 0) return around;
    const isThere = <T>(owned: T | undefined): owned is T => owned !== undefined;
    const services = new Set(found.map(({ service }) => service).filter(isThere));
    const pods = new Set(found.map(({ pod }) => pod).filter(isThere));
    const [object, ...others] = new Set(found.map((one) => one.object).filter(isThere));
    const [pod] = pods;
    const [moved] = services;
    // Of many nobody can say which.
    if (pods.size > 1 || services.size > 1 || others.length > 0) return around;
    // A pod is of the service around it, unless that is another one now.
    const before = moved === undefined || moved === around.service ? around : { service: moved };
    return { ...before, ...(pod && { pod }), ...(object && { object }) };
  }

  /** Whose the values of steps are together, those of the outermost first, and those that variables hold there. */
  of(steps: readonly Step[], values: readonly unknown[]): Owner {
    // What one step gives is asked about again and again.
    if (values.length > 0) return this.find([...steps.map((step) => step.values), values]);
    const owner = this.bySteps.get(steps) ?? this.find(steps.map((step) => step.values));
    this.bySteps.set(steps, owner);
    return owner;
  }

  private find(steps: readonly (readonly unknown[])[]): Owner {
    const owned = steps.reduce<Owned>((around, values) => this.within(around, values), {});
    const { pod, object } = owned;
    const service = owned.service ?? (pod && this.onlyServiceOf(pod));
    return {
      ...(service && { service: nameOf(service) }),
      ...(pod && { pod: this.podName(pod, service) }),
      ...(object && { object: this.objectName(object) }),
    };
  }

  /** Of several nobody can say which. */
  private onlyServiceOf(pod: object): ServiceView | undefined {
    const [only, ...others] = this.podServices.get(pod) ?? [];
    return others.length === 0 ? only : undefined;
  }

  private objectName(object: object): ObjectName {
    const { of: kind, namespace, name } = this.objects.get(object) as InputEntry;
    return { kind, ...(namespace !== '' && { namespace }), name };
  }

  private podName(pod: object, around: ServiceView | undefined): PodName {
    const isOwn = around !== undefined && isPodOf(around, pod);
    const service = isOwn ? around : this.podServices.get(pod)?.[0];
    return {
      namespace: service ? textAt(service, 'namespace') : '',
      name: textAt(memberOf(pod, 'metadata'), 'name'),
    };
  }
}
