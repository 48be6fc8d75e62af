import { plain } from '../template/foreign.ts';
import { TemplateError } from '../template/index.ts';
import { memberOf } from '../template/json/index.ts';
import {
  type Culprit,
  culpritsIn,
  isAnswer,
  isObject,
  type Made,
  podsIn,
  Search,
} from './culprits.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { ServiceView } from './snapshot.ts';
import { keyOf, objectsIn, type Values } from './structure/entries.ts';
import type { Output } from './structure/output.ts';
import { placeOfObject, titleOfObject } from './structure/unsafe-value.ts';
import { toDiagnostic } from './template-diagnostic.ts';

/** What a render is made without, since the template fails on it. */
export interface Omission {
  /** Absent where it is an object of an input. */
  readonly service?: string;
  /** Absent where it is the service as a whole. */
  readonly pod?: { readonly namespace: string; readonly name: string };
  /** The object of an input, as diagnostics name it. */
  readonly object?: string;
  readonly diagnostic: Diagnostic;
}

/** Culprits for which the template's own words are looked for. */
const MOST_ERRORS = 8;

const nameOf = (service: ServiceView): string => plain(memberOf(service, 'name') as string);

/** Services that are named; of more, it is said how many. */
const MOST_NAMED = 3;

function namesOf(services: readonly string[]): string {
  const named = services.slice(0, MOST_NAMED).join(', ');
  const more = services.length - MOST_NAMED;
  return `${services.length === 1 ? 'service' : 'services'} ${named}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Leaves out of the renders of one variant what their templates fail on, so that all else goes on. */
export class Omitter {
  private readonly namespace: string;
  private culprits: readonly Culprit[] = [];
  private omitted: readonly Omission[] = [];

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** @param services the names of all that a pod is left out of */
  private explain(
    { part, pod }: Culprit,
    { error, services }: { error: TemplateError; services: readonly string[] },
  ): Omission {
    const { namespace } = this;
    const { code, message, where } = toDiagnostic(error, `configmaps/${namespace}/config`);
    const name = isObject(part) ? placeOfObject(part) : nameOf(part);
    const whole = isObject(part) ? titleOfObject(part) : `service ${name}`;
    const left = pod
      ? `pod ${pod.namespace}/${pod.name} is left out of ${namesOf(services)}`
      : `${whole} is left out`;
    const place = isObject(part)
      ? { object: name }
      : { object: `configmaps/${namespace}/services`, key: name };
    const diagnostic: Diagnostic = {
      severity: 'error',
      code,
      message: `${left}, since the template fails on it (${where.key}, line ${where.line}): ${message}`,
      hint: 'Correct it, or make the template cope with it. Everything else is served as usual.',
      where: pod ? { object: `pods/${pod.namespace}/${pod.name}` } : place,
    };
    if (isObject(part)) return { object: name, diagnostic };
    const at = pod && { pod: { namespace: pod.namespace, name: pod.name } };
    return { service: name, ...at, diagnostic };
  }

  /** What the last render was made without. */
  told(): readonly Omission[] {
    return this.omitted;
  }

  /** What was to blame last, if all of it is still there as it was: more need not be looked for then. */
  private same(values: Values): readonly Culprit[] | undefined {
    const byName = new Map(values.services.map((service) => [nameOf(service), service]));
    const objects = new Set(objectsIn(values.inputs).map(keyOf));
    const found = this.culprits.flatMap((culprit): readonly Culprit[] => {
      const { part, pod } = culprit;
      if (isObject(part)) return objects.has(keyOf(part)) ? [culprit] : [];
      const service = byName.get(nameOf(part));
      if (!service) return [];
      if (!pod) return service === part ? [culprit] : [];
      const isThere = podsIn({ ...values, services: [service] }).some(
        (there) => keyOf(there) === keyOf(pod),
      );
      return isThere ? [{ part: service, pod }] : [];
    });
    return found.length > 0 && found.length === this.culprits.length ? found : undefined;
  }

  /** With what the template says of each, which is another thing of each. */
  private blame(culprits: readonly Culprit[], error: TemplateError, search: Search): void {
    this.culprits = culprits;
    const own = (culprit: Culprit) =>
      culprits.length === 1 || culprits.length > MOST_ERRORS || search.isExhausted()
        ? undefined
        : search.failureWithout(culprits.filter((other) => other !== culprit));
    const told: Omission[] = [];
    for (const culprit of culprits) {
      const { pod } = culprit;
      const isSame = (other: Culprit) =>
        pod ? other.pod !== undefined && keyOf(other.pod) === keyOf(pod) : other === culprit;
      const same = culprits.filter(isSame);
      // A pod that is left out of many services is told once.
      if (same[0] !== culprit) continue;
      const services = same.flatMap(({ part }) => (isObject(part) ? [] : [nameOf(part)])).sort();
      told.push(this.explain(culprit, { error: own(culprit) ?? error, services }));
    }
    this.omitted = told;
  }

  /** @throws TemplateError where the template fails whatever is left out */
  render(values: Values, render: (values: Values) => Output): Made {
    try {
      const output = render(values);
      this.culprits = [];
      this.omitted = [];
      return { output, values };
    } catch (error) {
      if (!(error instanceof TemplateError) || error.code === 'template-syntax') throw error;
      const search = new Search(values, render);
      const same = this.same(values);
      if (same && search.isGoodWithout(same)) this.culprits = same;
      else {
        const culprits = culpritsIn(values, search);
        if (!isAnswer(culprits, values, search)) throw error;
        const { made } = search;
        this.blame(culprits, error, search);
        search.made = made;
      }
      if (!search.made) throw error;
      return search.made;
    }
  }
}
