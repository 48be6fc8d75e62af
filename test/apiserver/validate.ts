import { isDeepStrictEqual } from 'node:util';
import { groupOf, kindOf } from './resources.ts';
import { type Answer, failure } from './status.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Checked {
  readonly after: Fields;
  readonly before?: Fields;
  readonly namespace: string;
}

/** What is wrong with a field: its path, and the message. */
type Problem = readonly [field: string, message: string];

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MOST_CONFIG_MAP = 1024 * 1024;
const MOST_NOTE = 1024;
const CONTROLLER = /^(?:[a-z0-9.-]+\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
/** What an Event bears from its creation on; of a later one only `series` may change. */
const REQUIRED = ['reportingController', 'reportingInstance', 'action', 'reason', 'eventTime'];
const FIXED = [...REQUIRED, 'type', 'note', 'regarding', 'related'];

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function configMapProblems({ after }: Checked): Problem[] {
  const { data = {}, binaryData = {} } = after as Record<string, Record<string, string>>;
  const size = [data, binaryData]
    .flatMap((values) => Object.values(values))
    .reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  return size > MOST_CONFIG_MAP
    ? [['[]', `Too long: may not be more than ${MOST_CONFIG_MAP} bytes`]]
    : [];
}

function revisionProblems({ after, before }: Checked): Problem[] {
  const { data, revision = 0 } = after;
  const problems: Problem[] = [];
  if (data === undefined) problems.push(['data', 'Required value: data is mandatory']);
  else if (!isFields(data))
    problems.push(['data', 'Required value: data must be a valid JSON object']);
  if (before !== undefined && !isDeepStrictEqual(before.data, data))
    problems.push(['data', `Invalid value: ${JSON.stringify(data)}: field is immutable`]);
  if (Number(revision) < 0)
    problems.push(['revision', `Invalid value: ${revision}: must be greater than or equal to 0`]);
  return problems;
}

function eventProblems({ after, before, namespace }: Checked): Problem[] {
  const { series, regarding, type, note = '', reportingController = '' } = after;
  const problems: Problem[] = [];
  const count = isFields(series) ? Number(series.count) : undefined;
  if (count !== undefined && count < 2)
    problems.push(['series.count', 'Invalid value: "": should be at least 2']);
  if (before !== undefined)
    return [
      ...problems,
      ...FIXED.filter((field) => !isDeepStrictEqual(before[field], after[field])).map(
        (field): Problem => [
          field === 'note' ? 'message' : field,
          'Invalid value: field is immutable',
        ],
      ),
    ];
  for (const field of REQUIRED) if (!after[field]) problems.push([field, 'Required value']);
  if (type !== 'Normal' && type !== 'Warning')
    problems.push(['type', `Invalid value: "": has invalid value: ${type ?? ''}`]);
  if (!CONTROLLER.test(String(reportingController)))
    problems.push(['reportingController', `Invalid value: "${reportingController}"`]);
  if (String(note).length > MOST_NOTE)
    problems.push(['message', `Invalid value: "": can have at most ${MOST_NOTE} characters`]);
  if (!isFields(regarding) || !regarding.namespace)
    if (namespace !== 'default')
      problems.push([
        'involvedObject.namespace',
        'Invalid value: "": does not match event.namespace',
      ]);
  return problems;
}

const PROBLEMS: Readonly<Record<string, (checked: Checked) => Problem[]>> = {
  configmaps: configMapProblems,
  controllerrevisions: revisionProblems,
  events: eventProblems,
};

/** The refusal of an object that is not valid, as the API server words it. */
export function refuseInvalid(
  resource: string,
  name: string,
  checked: Checked,
): Answer | undefined {
  const naming: Problem[] =
    name === ''
      ? [['metadata.name', 'Required value: name or generateName is required']]
      : NAME.test(name)
        ? []
        : [
            [
              'metadata.name',
              `Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`,
            ],
          ];
  const problems = [...naming, ...(PROBLEMS[resource]?.(checked) ?? [])];
  if (problems.length === 0) return undefined;
  const kind = [kindOf(resource), groupOf(resource)].filter((part) => part !== '').join('.');
  const said = problems.map(([field, message]) => `${field}: ${message}`);
  const all = said.length === 1 ? said[0] : `[${said.join(', ')}]`;
  return failure(422, 'Invalid', `${kind} "${name}" is invalid: ${all}`, {
    name,
    kind: kindOf(resource),
    causes: problems.map(([field, message]) => ({ field, message })),
  });
}
