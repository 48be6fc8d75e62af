import { formatTable } from '../rollout/history.ts';
import type { Dump } from './dump.ts';

const KINDS = ['refused', 'translated', 'not needed'] as const;

/** Every annotation of every Ingress, what is refused first; and how many there are of each. */
export function formatReport({ ingresses, others }: Dump): string {
  const rows = ingresses.flatMap(({ namespace, name, annotations }) =>
    annotations.map(({ annotation, fate }) => ({ who: `${namespace}/${name}`, annotation, fate })),
  );
  const table = KINDS.flatMap((kind) =>
    rows
      .filter(({ fate }) => fate.kind === kind)
      .map(({ who, annotation, fate }) => {
        const to =
          fate.kind === 'translated' && fate.as ? `as ${fate.as.name}: ${fate.as.value}` : '';
        return [who, annotation.name, kind, fate.kind === 'translated' ? to : fate.why];
      }),
  );
  const counts = KINDS.map(
    (kind) => `${rows.filter(({ fate }) => fate.kind === kind).length} ${kind}`,
  );
  return [
    table.length > 0 ? formatTable([['INGRESS', 'ANNOTATION', 'IS', 'WHY'], ...table]) : '',
    ...others.map((other) => `${other} is of another controller, and is left out\n`),
    `${ingresses.length} Ingresses; annotations: ${counts.join(', ')}\n`,
  ].join('');
}
