import { form, type SettingTable } from '../wire/settings.ts';

/** What the commands beside serve take. */
export const COMMANDS = {
  check: {
    variable: 'CHECK',
    meaning: 'with render: check the result by haproxy -c',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  haproxy: {
    variable: 'HAPROXY',
    value: 'BINARY',
    meaning: 'with --check and test: the binary of HAProxy',
    fallback: 'haproxy',
    parse: form.text,
  },
  junit: {
    variable: 'JUNIT',
    value: 'FILE',
    meaning: 'with test: write the results to this file, too, as JUnit XML',
    parse: form.text,
  },
  explain: {
    variable: 'EXPLAIN',
    meaning:
      'with render: the configuration with the origin of each line beside it; -o json: all files',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  file: {
    variable: 'FILE',
    value: 'FILE',
    meaning: 'with explain: the delivered file, such as haproxy.cfg; else all',
    parse: form.text,
  },
  line: {
    variable: 'LINE',
    value: 'N|A-B',
    meaning: 'with explain: one line of it, or several; else all',
    parse: form.text,
  },
  atRevision: {
    variable: 'AT_REVISION',
    value: 'REVISION',
    meaning: 'with explain: the revision that is meant; else the one that is served',
    parse: form.text,
  },
  toRevision: {
    variable: 'TO_REVISION',
    value: 'REVISION',
    meaning: 'with rollout undo: the revision to go back to; else the one before',
    parse: form.count,
  },
  rendered: {
    variable: 'RENDERED',
    meaning: 'with rollout diff: what comes of the revisions with the endpoints of today',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  watch: {
    variable: 'WATCH',
    meaning: 'with rollout status: end when the fleet has converged, or cannot',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  caFile: {
    variable: 'CA_FILE',
    value: 'FILE',
    meaning:
      'with status, explain and diff: file of the authority that the certificate of the service is checked by',
    parse: form.text,
  },
  output: {
    variable: 'OUTPUT',
    value: 'table|json',
    meaning:
      'with rollout, status, explain, diff, test and render --explain: table or json (-o json)',
    fallback: 'table',
    parse: form.oneOf('table', 'json'),
  },
} as const satisfies SettingTable;
