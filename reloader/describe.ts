import { wordsOf } from './holds/hold.ts';
import type { Operation } from './operation.ts';
import type { MapChange } from './plan/map-change.ts';

const pathOf = ({ backend, name }: { readonly backend: string; readonly name: string }) =>
  `${backend}/${name}`;

function describeMapChange(change: MapChange): string {
  switch (change.kind) {
    case 'add':
      return `+${change.added.length}`;
    case 'remove':
      return `-${change.removed.length}`;
    case 'set':
      return change.entry.key;
  }
}

/** An operation in one line, for people. Never the content of a certificate, a map or a list. */
export function describe(operation: Operation): string {
  const { kind } = operation;
  switch (operation.kind) {
    case 'disable-server':
    case 'delete-server':
      return `${kind} ${pathOf(operation)}`;
    case 'add-backend':
      return `${kind} ${operation.backend} ${operation.words.join(' ')}`;
    case 'publish-backend':
    case 'unpublish-backend':
    case 'delete-backend':
      return `${kind} ${operation.backend}`;
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
    case 'hold-server':
      return `${kind} ${pathOf(operation.target)} ${wordsOf(operation.hold)}`;
    case 'check-server':
      return `${kind} ${pathOf(operation.target)}`;
    case 'list-certificate':
      return `${kind} ${operation.list} ${operation.line}`;
    case 'unlist-certificate':
      return `${kind} ${operation.list} ${operation.file}`;
    case 'replace-map':
      return `${kind} ${operation.file} ${operation.entries.length}`;
    case 'change-map':
      return `${kind} ${operation.file} ${describeMapChange(operation.change)}`;
    case 'replace-acl':
      return `${kind} ${operation.file} ${operation.patterns.size}`;
    case 'change-acl': {
      const { added, removed } = operation.change;
      return `${kind} ${operation.file} +${added.length} -${removed.length}`;
    }
    default:
      return `${kind} ${operation.file}`;
  }
}
