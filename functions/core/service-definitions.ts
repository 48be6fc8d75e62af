import type { Data } from './intent.ts';
import { createSelections, type FindServices, type Selecting } from './selections.ts';
import { readService } from './services.ts';

/** By namespace, what finds its services. */
export type Definitions = ReadonlyMap<string, FindServices>;

/** What one entry says; nothing where it is no service. */
interface Entry {
  readonly text: string;
  readonly service?: Selecting & { readonly namespace: string };
}

function readEntry(name: string, text: string): Entry {
  const result = readService({ object: '', name, text });
  if (result.kind !== 'service') return { text };
  const { namespace, selector } = result.service;
  return { text, service: { name, namespace, selector } };
}

/** Reads which pods services select. It remembers: of a thousand entries a change is of one or two. */
export function createDefinitions(): (services: Data) => Definitions {
  let known: ReadonlyMap<string, Entry> = new Map();
  return (services) => {
    const entries = new Map<string, Entry>();
    const byNamespace = new Map<string, Selecting[]>();
    for (const [name, text] of Object.entries(services)) {
      const before = known.get(name);
      const entry = before?.text === text ? before : readEntry(name, text);
      entries.set(name, entry);
      if (!entry.service) continue;
      const { namespace } = entry.service;
      const all = byNamespace.get(namespace) ?? [];
      all.push(entry.service);
      byNamespace.set(namespace, all);
    }
    known = entries;
    return new Map(
      Array.from(byNamespace, ([namespace, all]) => [namespace, createSelections(all)]),
    );
  };
}
