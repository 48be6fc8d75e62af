import { type Feed, isClusterKind, splitApiVersion } from './input.ts';

/** Where the API has a kind, as RBAC names it. */
export interface RoleResource {
  readonly group: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** What is done with the objects of a feed. */
export interface FeedRights {
  readonly feed: Feed;
  readonly resource: RoleResource;
  readonly writesStatus: boolean;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface RolesOptions {
  /** Of the configuration: the account is there. */
  readonly namespace: string;
  readonly account: string;
}

const VERBS = ['list', 'watch'];
const GROUP = 'rbac.authorization.k8s.io';

/** The plural that a kind has by the custom of the API; what does without the API cannot know. */
function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith('endpoints')) return name;
  if (/(?:s|x|ch|sh)$/.test(name)) return `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}

export const guessResource = (feed: Feed): RoleResource => ({
  group: splitApiVersion(feed.apiVersion).group,
  plural: pluralOf(feed.kind),
  isNamespaced: !isClusterKind(feed),
});

/** Of the status alone, whatever else the objects hold. */
const STATUS_VERBS = ['get', 'update'];

const ruleOf = ({ names }: Feed, { group, plural }: RoleResource): Rule => ({
  apiGroups: [group],
  resources: [plural],
  ...(names === undefined ? {} : { resourceNames: names }),
  verbs: VERBS,
});

function rulesOf({ feed, resource, writesStatus }: FeedRights): readonly Rule[] {
  const reading = ruleOf(feed, resource);
  if (!writesStatus) return [reading];
  const resources = [`${resource.plural}/status`];
  return [reading, { ...reading, resources, verbs: STATUS_VERBS }];
}

/** In the place of a namespace: the whole cluster. */
const EVERYWHERE = '';

/** A role with its binding. */
function roleOf(
  rules: readonly Rule[],
  namespace: string,
  { namespace: own, account }: RolesOptions,
): readonly object[] {
  const [prefix, name] =
    namespace === EVERYWHERE ? ['Cluster', 'kubernetes-haproxy-inputs'] : ['', 'renderer-inputs'];
  const metadata = namespace === EVERYWHERE ? { name } : { name, namespace };
  const apiVersion = `${GROUP}/v1`;
  return [
    { apiVersion, kind: `${prefix}Role`, metadata, rules },
    {
      apiVersion,
      kind: `${prefix}RoleBinding`,
      metadata,
      roleRef: { apiGroup: GROUP, kind: `${prefix}Role`, name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: own }],
    },
  ];
}

/** The least Roles by which an account can read feeds, and write the statuses of those that say so: the whole cluster first, then namespaces by name. */
export function rolesFor(feeds: readonly FeedRights[], options: RolesOptions): readonly object[] {
  const rules = new Map<string, Map<string, Rule>>();
  for (const one of feeds) {
    const { feed, resource } = one;
    const isEverywhere = feed.namespaces === undefined || !resource.isNamespaced;
    for (const place of isEverywhere ? [EVERYWHERE] : (feed.namespaces ?? [])) {
      const known = rules.get(place) ?? new Map<string, Rule>();
      for (const rule of rulesOf(one)) known.set(JSON.stringify(rule), rule);
      rules.set(place, known);
    }
  }
  return [...rules.keys()].sort().flatMap((place) => {
    const own = rules.get(place) ?? new Map<string, Rule>();
    return roleOf(
      [...own.keys()].sort().map((key) => own.get(key) as Rule),
      place,
      options,
    );
  });
}
