import type { Operation } from './operation.ts';

const pathOf = ({ backend, name }: { readonly backend: string; readonly name: string }) =>
  `${backend}/${name}`;

/** An operation in one line, for people. Never the content of a certificate or a map. */
export function describe(operation: Operation): string {
  const { kind } = operation;
  switch (operation.kind) {
    case 'disable-server':
    case 'delete-server':
      return `${kind} ${pathOf(operation)}`;
    case 'add-server':
    case 'replace-server':
      return `${kind} ${pathOf(operation.target)} ${operation.words.join(' ')}`;
    case 'move-server':
      return `${kind} ${pathOf(operation.target)} ${operation.target.address} ${operation.target.port}`;
    case 'weigh-server':
      return `${kind} ${pathOf(operation.target)} ${operation.target.weight}`;
    case 'limit-server':
      return `${kind} ${pathOf(operation.target)} ${operation.maxconn}`;
    case 'switch-server':
      return `${kind} ${pathOf(operation.target)} ${operation.target.disabled ? 'off' : 'on'}`;
    case 'list-certificate':
      return `${kind} ${operation.list} ${operation.line}`;
    case 'unlist-certificate':
      return `${kind} ${operation.list} ${operation.file}`;
    case 'replace-map':
      return `${kind} ${operation.file} ${operation.entries.length}`;
    default:
      return `${kind} ${operation.file}`;
  }
}
