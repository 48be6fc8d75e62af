/**
 * What `haproxy -c` means by an exit code of 2, whatever its version, without a word: a reload would take the configuration,
 * and HAProxy would then serve nothing.
 */
export const NO_LISTENER = {
  exitCode: 2,
  reason: 'the configuration has no listener: HAProxy would load it and serve nothing',
} as const;
