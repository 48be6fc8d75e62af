/** What people are told of as it happens, by its stable reason. docs/kubernetes.md lists the same ones: a test compares. */
export const REASONS = {
  IntentAccepted: {
    type: 'Normal',
    action: 'Serve',
    meaning: 'what was applied is good, and is served, or reaches the proxies in steps',
  },
  IntentRefused: {
    type: 'Warning',
    action: 'HoldBack',
    meaning: 'nothing of what was applied is good, and nothing was before',
  },
  IntentWaits: {
    type: 'Warning',
    action: 'Wait',
    meaning: 'what was applied is not served while people hold the fleet to a revision',
  },
  IntentUnjudged: {
    type: 'Warning',
    action: 'Judge',
    meaning: 'the service itself failed to judge what was applied, and tries again',
  },
  EntryHeldBack: {
    type: 'Warning',
    action: 'HoldBack',
    meaning: 'a service, or the template, is bad: its last good value is served, or it is left out',
  },
  EntryAccepted: {
    type: 'Normal',
    action: 'Serve',
    meaning:
      'what was held back is good now, and is served; beside `IntentAccepted`, if it was changed for that',
  },
  RolloutStepped: {
    type: 'Normal',
    action: 'Step',
    meaning: 'what was applied reaches the proxies of its first step, or of the next one',
  },
  RolloutHalted: {
    type: 'Warning',
    action: 'Halt',
    meaning: 'what was applied did badly on the first proxies: all run the revision before',
  },
  RolloutCompleted: {
    type: 'Normal',
    action: 'Serve',
    meaning: 'what reached the proxies in steps has reached all',
  },
  RolloutPinned: {
    type: 'Warning',
    action: 'Pin',
    meaning: 'people hold the fleet to a revision, by rollout undo',
  },
  RolloutPaused: {
    type: 'Warning',
    action: 'Pause',
    meaning: 'people let the fleet take nothing newer, by rollout pause',
  },
  RolloutResumed: {
    type: 'Normal',
    action: 'Resume',
    meaning: 'the ConfigMaps count again, by rollout resume',
  },
  MassLossHeld: {
    type: 'Warning',
    action: 'Keep',
    meaning:
      'many servers vanished at once: they are kept as they were while checks of HAProxy judge them',
  },
  MassLossOver: {
    type: 'Normal',
    action: 'LetGo',
    meaning: 'the kept servers are back, or are removed',
  },
  CertificateExpires: {
    type: 'Warning',
    action: 'Renew',
    meaning: 'a certificate expires within 30, 14 or 3 days, or has expired',
  },
} as const satisfies Record<
  string,
  { type: 'Normal' | 'Warning'; action: string; meaning: string }
>;

export type Reason = keyof typeof REASONS;

/** Something that happened to what people wrote. */
export interface Occurrence {
  readonly reason: Reason;
  /** The object that it is about: `configmaps/lb/services`. */
  readonly object: string;
  readonly key?: string;
  /** What tells it from others of its kind, the same for all replicas: a hash of what was applied, for instance. */
  readonly subject: string;
  /** For people, in a sentence or two. */
  readonly note: string;
}

export type Tell = (occurrence: Occurrence) => void;
