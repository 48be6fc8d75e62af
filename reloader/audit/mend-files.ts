import type { Capabilities } from '../haproxy/capabilities.ts';
import type { Operation } from '../operation.ts';
import type { Planner, Release } from '../plan.ts';
import type { FileDifference } from './difference.ts';
import type { ExpectedFiles } from './expected-files.ts';
import type { Mend } from './mend-servers.ts';

export interface FileMendInput {
  readonly files: Release;
  readonly expected: ExpectedFiles;
  readonly root: string;
  readonly capabilities: Capabilities;
  readonly plan: Planner;
}

const operations = (...all: readonly Operation[]): Mend => ({
  kind: 'operations',
  operations: all,
});

/** The release as it would be without a certificate: going from there to the whole one adds it to its lists, too. */
function without(file: string, { files, expected, root }: FileMendInput): Release {
  const lists = new Set(expected.lists.map((list) => list.file));
  return files
    .filter(({ path }) => `${root}/${path}` !== file)
    .map((each) => {
      if (!lists.has(`${root}/${each.path}`)) return each;
      const kept = each.content.split('\n').filter((line) => line.trim().split(/\s/)[0] !== file);
      return { ...each, content: kept.join('\n') };
    });
}

function addAgain(file: string, input: FileMendInput): Mend {
  const { files, root, capabilities, plan } = input;
  const planned = plan({ old: without(file, input), new: files, root, capabilities });
  if (planned.kind === 'reload') return planned;
  return operations(...(planned.kind === 'runtime' ? planned.operations : []));
}

function mendCertificate({ code, file, list, what }: FileDifference, input: FileMendInput): Mend {
  const { certificate } = input.expected.certificates.find((each) => each.file === file) ?? {};
  const listed = input.expected.lists.find((each) => each.file === list)?.listed ?? [];
  const lines = listed.filter((each) => each.file === file).map(({ line }) => line);
  switch (code) {
    case 'certificate-extra':
      return operations({ kind: 'delete-certificate', file });
    case 'certificate-listed':
      return operations({ kind: 'unlist-certificate', list, file });
    case 'certificate-unlisted':
      return operations(
        ...lines.map((line) => ({ kind: 'list-certificate', list, file, line }) as const),
      );
    case 'certificate-missing':
      return addAgain(file, input);
    default:
  }
  const isSettable =
    certificate !== undefined &&
    Buffer.byteLength(certificate.pem) <= input.capabilities.payloadBytes;
  return isSettable
    ? operations({ kind: 'set-certificate', file, certificate })
    : { kind: 'reload', reason: `${file} ${what}, and cannot be set at runtime` };
}

/** Plans how a map, list or certificate becomes again what the release says. Pure, but for the planner's memory. */
export function mendFile(difference: FileDifference, input: FileMendInput): Mend {
  const { file } = difference;
  const map = input.expected.maps.find((each) => each.file === file);
  const acl = input.expected.acls.find((each) => each.file === file);
  if (map !== undefined) return operations({ kind: 'replace-map', file, entries: map.entries });
  if (acl !== undefined) return operations({ kind: 'replace-acl', file, patterns: acl.patterns });
  return mendCertificate(difference, input);
}
