import { createMassLossGuard } from '../core/mass-loss.ts';
import { createMassLoss, type MassLoss, type MassLossOptions } from './mass-loss.ts';
import type { PublisherOptions } from './publisher-options.ts';

/** The guard against mass loss, where the settings have one. */
export function openMassLoss(
  { massLoss, settings, history, log }: PublisherOptions,
  told: Pick<MassLossOptions, 'onChanges' | 'onKept' | 'tell'>,
): MassLoss | undefined {
  if (!massLoss) return undefined;
  const { rules, holdMs } = massLoss;
  const { windowMs } = rules;
  const guard = createMassLossGuard(rules);
  const { namespace } = settings;
  return createMassLoss({ guard, holdMs, windowMs, history, log, namespace, ...told });
}
