import type { Diagnostic } from '../core/diagnostics.ts';
import { type LineReference, lineReferencesOf } from '../core/origin/line-reference.ts';
import type { Variant } from '../publish/publication.ts';
import { CONFIG_PATH } from '../wire/bundle.ts';
import type { ToldAlert } from '../wire/alerts-header.ts';
import type { Fault } from './fault.ts';

/** What a proxy says of a revision that it refuses. */
export interface ProxyWords {
  readonly revision: string;
  readonly alerts: readonly ToldAlert[];
  /** Its name, where it gave one. */
  readonly proxy: string | undefined;
  readonly variant: Variant;
  /** What that revision gives it now: for alerts that name no line. */
  readonly config: string;
  readonly namespace: string;
}

interface Told {
  readonly revision: string;
  readonly message: string;
  readonly namespace: string;
}

const HINT = 'Correct it and apply it again (the proxy asked its own haproxy -c).';

/** The fault of an intent that proxies refuse, as other replicas have noted it. */
export function toldFault({ revision, message, namespace }: Told): Fault {
  const where = { object: `configmaps/${namespace}/config`, key: 'template' };
  const diagnostic: Diagnostic = {
    severity: 'error',
    ...{ code: 'proxy-refuses', message, hint: HINT, where },
  };
  return { stage: 'proxy', diagnostic, references: [], revision };
}

function lineReferencesIn({ alerts, config }: ProxyWords): readonly LineReference[] {
  const files = [{ path: CONFIG_PATH, content: config }];
  return alerts.flatMap((alert) => {
    const { file: path = CONFIG_PATH, text: line, section: header = '', message } = alert;
    if (line !== undefined && line.trim() !== '') return [{ path, line, header }];
    const found = alert.line === undefined ? lineReferencesOf([{ message }], files) : [];
    return found.filter((reference) => reference !== undefined);
  });
}

/** The fault of an intent that a proxy refuses. */
export function proxyFault(words: ProxyWords): Fault {
  const { revision, proxy, alerts, variant, namespace } = words;
  const [first] = alerts;
  const place = first?.line === undefined ? '' : ` at ${first.file ?? CONFIG_PATH}:${first.line}`;
  const who = proxy === undefined ? 'a proxy' : `proxy ${proxy}`;
  const message = `HAProxy of ${who} refuses it${place}: ${first?.message ?? 'it names no reason'}`;
  const { diagnostic, ...fault } = toldFault({ revision, message, namespace });
  const references = lineReferencesIn(words);
  const [about] = references;
  const line = first?.line;
  const delivered = about && {
    path: about.path,
    ...(line !== undefined && { line }),
    text: about.line,
  };
  return {
    ...fault,
    diagnostic: { ...diagnostic, ...(delivered && { delivered }) },
    references,
    variant,
  };
}
