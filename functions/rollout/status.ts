import type { Diagnostic } from '../core/diagnostics.ts';
import type { Rollout } from '../core/rollout.ts';
import type { GateStatus } from '../intent/status.ts';

/** Why a newer revision reaches no proxy; undefined where none is halted. */
export function haltDiagnostic(
  rollout: Rollout | undefined,
  namespace: string,
): Diagnostic | undefined {
  const { halted, pinned } = rollout ?? {};
  if (!halted || pinned !== undefined) return undefined;
  return {
    severity: 'error',
    code: 'rollout-halted',
    message: `the rollout of revision ${halted.hash.slice(0, 19)} is halted: ${halted.reason}`,
    hint: 'Change the ConfigMaps, or say kubernetes-haproxy rollout resume to try it once more; until then all proxies run the stable revision.',
    where: { object: `configmaps/${namespace}/rollout`, key: 'halted' },
  };
}

/** How the newest intent stands, with what has become of it beyond the gate. */
export function withRollout(status: GateStatus, rollout: Rollout | undefined): GateStatus {
  if (status.state !== 'good' && status.state !== 'held back') return status;
  if (rollout?.candidate) return { ...status, state: 'rolling out' };
  return rollout?.halted ? { ...status, state: 'halted' } : status;
}
