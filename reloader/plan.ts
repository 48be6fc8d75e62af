import type { BundleFile } from '../functions/wire/bundle.ts';
import { CONFIG_PATH } from '../functions/wire/bundle.ts';
import { findFileUses } from './config/file-use.ts';
import type { ConfigLine } from './config/line.ts';
import { findMentions } from './config/mention.ts';
import type { Parsed, ProxySection, Server } from './config/proxy.ts';
import { findProxyMentions } from './config/proxy-mention.ts';
import { betweenSameEnds } from './config/same-ends.ts';
import { type Configuration, lineNumberIn } from './config/configuration.ts';
import type { Capabilities } from './haproxy/capabilities.ts';
import type { Operation } from './operation.ts';
import { FILE_OPTIONS, type LoadedFiles } from './plan/addition.ts';
import { type BackendsPlan, planBackends } from './plan/backends.ts';
import { type FilesPlan, planFiles } from './plan/files.ts';
import { isSameServer } from './plan/known-server.ts';
import { NeedsReload, needReload } from './plan/needs-reload.ts';
import { createReading, type Reading } from './plan/reading.ts';
import { type Paired, pairProxies } from './plan/sections.ts';
import { planServers } from './plan/servers.ts';

/** The files of a release, as its bundle has them, without what the reloader adds when it stages them. */
export type Release = readonly Pick<BundleFile, 'path' | 'content'>[];

export interface PlanInput {
  readonly old: Release;
  readonly new: Release;
  /** The folder of the live release as the configuration names it: absolute, without a slash at the end. */
  readonly root: string;
  readonly capabilities: Capabilities;
}

/** What it takes to get from one release to another. */
export type Plan =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'runtime';
      /** In the order in which they are to be carried out. */
      readonly operations: readonly Operation[];
    }
  | {
      readonly kind: 'reload';
      readonly reason: string;
      /** What to write otherwise so that such a change needs none, where that is known. */
      readonly hint?: string;
    };

const contentOf = (release: Release) =>
  release.find(({ path }) => path === CONFIG_PATH)?.content ?? '';

const isSameLine = (a: ConfigLine, b: ConfigLine | undefined) =>
  a.raw === b?.raw ||
  (a.raw.length === b?.raw.length && a.raw.every((word, i) => word === b.raw[i]));

/** Comments, blank lines and blanks aside, whether two configurations are the same text. */
function isSameText(old: Configuration, now: Configuration): boolean {
  const lacking = ({ obscure }: Configuration) => obscure.some(({ dropped }) => dropped);
  if (lacking(old) || lacking(now) || old.sections.length !== now.sections.length) return false;
  const [before, after] = betweenSameEnds(old.sections, now.sections);
  return before.every(({ header, lines, text }, i) => {
    const other = after[i];
    if (text === other?.text) return true;
    return (
      isSameLine(header, other?.header) &&
      lines.length === other?.lines.length &&
      lines.every((line, k) => isSameLine(line, other.lines[k]))
    );
  });
}

const differs = ([old, now]: readonly [ProxySection, ProxySection]) =>
  old.servers !== now.servers &&
  (old.servers.length !== now.servers.length ||
    old.servers.some((server, i) => {
      const other = now.servers[i];
      return other === undefined || server.name !== other.name || !isSameServer(server, other);
    }));

/** Files that servers of a configuration name: what HAProxy has loaded, a new server can use. */
function findLoadedFiles({ proxies }: Parsed): LoadedFiles {
  const loaded = new Map(FILE_OPTIONS.map((option) => [option, new Set<string>()]));
  const seen = new Set<Server['options']>();
  const add = ({ options }: Server) => {
    if (options.kind === 'unknown' || seen.has(options)) return;
    seen.add(options);
    for (const [option, files] of loaded)
      for (const file of options.options.get(option) ?? []) files.add(file);
  };
  for (const { servers } of proxies) servers.forEach(add);
  return loaded;
}

const SAME: Paired = { pairs: [], added: [], gone: [] };
const NO_BACKENDS: BackendsPlan = { come: [], go: [] };
const NO_FILES: FilesPlan = { first: [], lists: [], last: [] };

/** The same, found once a new server names a file: few do. */
function loadedFiles(parsed: Parsed): LoadedFiles {
  let found: LoadedFiles | undefined;
  return {
    get(option) {
      found ??= findLoadedFiles(parsed);
      return found.get(option);
    },
  };
}

/** The plan for every file but the configuration. What it does with them is looked for where one of them differs. */
function planOthers({ old, new: next, root, capabilities }: PlanInput, now: Parsed): FilesPlan {
  const filesOf = (release: Release) =>
    new Map(
      release.flatMap(({ path, content }) =>
        path === CONFIG_PATH ? [] : [[`${root}/${path}`, content] as const],
      ),
    );
  const [before, after] = [filesOf(old), filesOf(next)];
  const isSame =
    before.size === after.size &&
    [...after].every(([path, content]) => before.get(path) === content);
  if (isSame) return NO_FILES;
  const { payloadBytes } = capabilities;
  return planFiles({ uses: findFileUses(now, root), old: before, new: after, root, payloadBytes });
}

function planRuntime(input: PlanInput, parsed: Reading): Plan {
  const [oldText, newText] = [contentOf(input.old), contentOf(input.new)];
  const old = parsed(oldText);
  const now = parsed(newText);
  const same = newText === oldText || isSameText(old, now);
  const { pairs, added, gone } = same ? SAME : pairProxies(old, now);
  const { capabilities } = input;
  const shared = {
    mentions: findMentions(now),
    loaded: loadedFiles(old),
    capabilities,
    lineNumber: lineNumberIn(now, old),
  };
  const differing = pairs.filter(differs);
  const servers = differing.map(([a, b]) => planServers({ old: a, new: b, ...shared }));
  const backends =
    added.length + gone.length === 0
      ? NO_BACKENDS
      : planBackends({ added, gone, now, proxyMentions: findProxyMentions(now), ...shared });

  const files = planOthers(input, now);
  const operations = [
    ...servers.flatMap(({ first }) => first),
    ...files.first,
    ...servers.flatMap(({ middle }) => middle),
    ...backends.come,
    ...files.lists,
    ...servers.flatMap(({ last }) => last),
    ...backends.go,
    ...files.last,
  ];
  if (operations.length === 0) return { kind: 'nothing' };
  if (!capabilities.serverOptions.has('check')) needReload('this HAProxy is older than 2.6');
  return { kind: 'runtime', operations };
}

/** Plans from release to release, and remembers what it has read. */
export type Planner = (input: PlanInput) => Plan;

/**
 * Decides how a running HAProxy gets from one release to another: not at all, over the Runtime API, or by a reload.
 * What it does not understand for sure is a reload, with the reason in words.
 */
export function createPlanner(parsed: Reading = createReading()): Planner {
  return (input) => {
    try {
      return planRuntime(input, parsed);
    } catch (error) {
      if (!(error instanceof NeedsReload)) throw error;
      const { message: reason, hint } = error;
      return { kind: 'reload', reason, ...(hint === '' ? {} : { hint }) };
    }
  };
}

/** One plan. Pure. */
export function plan(input: PlanInput): Plan {
  return createPlanner()(input);
}
