import { capabilitiesOf } from '../../reloader/capabilities.ts';
import { type Plan, plan, type Release } from '../../reloader/plan.ts';

export const ROOT = '/state/current';

export interface Texts {
  readonly config: string;
  readonly files?: Readonly<Record<string, string>>;
}

export function release({ config, files = {} }: Texts): Release {
  return [
    { path: 'haproxy.cfg', content: config },
    ...Object.entries(files).map(([path, content]) => ({ path, content })),
  ];
}

/** The plan between two configurations, each with its files. */
export function planOf(old: Texts, now: Texts, version: readonly [number, number] = [2, 6]): Plan {
  return plan({
    old: release(old),
    new: release(now),
    root: ROOT,
    capabilities: capabilitiesOf(version),
  });
}

/** A plan in one line a step: what a person would say about it. */
export function told(result: Plan): readonly string[] {
  if (result.kind === 'nothing') return ['nothing'];
  if (result.kind === 'reload') return [`reload: ${result.reason}`];
  return result.operations.map((operation) => {
    switch (operation.kind) {
      case 'disable-server':
      case 'delete-server':
        return `${operation.kind} ${operation.backend}/${operation.name}`;
      case 'add-server':
      case 'replace-server':
        return `${operation.kind} ${operation.target.backend}/${operation.target.name} ${operation.words.join(' ')}`;
      case 'move-server':
        return `move-server ${operation.target.name} ${operation.target.address} ${operation.target.port}`;
      case 'weigh-server':
        return `weigh-server ${operation.target.name} ${operation.target.weight}`;
      case 'limit-server':
        return `limit-server ${operation.target.name} ${operation.maxconn}`;
      case 'switch-server':
        return `switch-server ${operation.target.name} ${operation.target.disabled ? 'off' : 'on'}`;
      case 'replace-map':
        return `replace-map ${operation.file} ${operation.entries.length}`;
      case 'list-certificate':
        return `list-certificate ${operation.list} ${operation.line}`;
      case 'unlist-certificate':
        return `unlist-certificate ${operation.list} ${operation.file}`;
      default:
        return `${operation.kind} ${operation.file}`;
    }
  });
}
