import type { Operation, ServerTarget } from '../operation.ts';
import { type Hold, type Holds, pathOf } from './hold.ts';

/** A server as it is to be shown in the end: as an operator has set it. */
function targetUnder(target: ServerTarget, { state, weight }: Hold): ServerTarget {
  return {
    ...target,
    weight: weight ?? target.weight,
    disabled: state === undefined ? target.disabled : state === 'maint',
  };
}

function underHold(operation: Operation, hold: Hold): readonly Operation[] {
  if (!('target' in operation)) return [operation];
  const target = targetUnder(operation.target, hold);
  switch (operation.kind) {
    case 'weigh-server':
      return hold.weight === undefined ? [{ ...operation, target }] : [];
    case 'switch-server':
      return hold.state === undefined ? [{ ...operation, target }] : [];
    case 'add-server':
    case 'replace-server': {
      // It comes in maintenance, so that no request is sent to it before it is as it was.
      const state = hold.state ?? (target.disabled ? 'maint' : 'ready');
      return [
        { ...operation, target: { ...target, disabled: true } },
        { kind: 'hold-server', target, hold: { ...hold, state } },
      ];
    }
    default:
      return [{ ...operation, target }];
  }
}

/**
 * A plan's operations where operators hold servers: what they have set stays, or is set again where a server is added.
 * Pure.
 */
export function underHolds(operations: readonly Operation[], holds: Holds): readonly Operation[] {
  if (holds.size === 0) return operations;
  return operations.flatMap((operation) => {
    const hold = 'target' in operation ? holds.get(pathOf(operation.target)) : undefined;
    return hold === undefined ? [operation] : underHold(operation, hold);
  });
}
