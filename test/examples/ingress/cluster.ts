import type { ManifestText } from '../../../functions/index.ts';
import { textsWith } from '../world.ts';
import { ingressClass } from './objects.ts';

export const CONTROLLER = 'kubernetes-haproxy.internal/ingress';

const CLASSES = [
  ingressClass('haproxy', CONTROLLER, true),
  ingressClass('elsewhere', 'example.com/other'),
];

/** The example's template with these objects in the place of its own. */
export const textsOf = (
  objects: readonly object[],
  classes: readonly object[] = CLASSES,
): readonly ManifestText[] => textsWith('ingress', [...classes, ...objects]);
