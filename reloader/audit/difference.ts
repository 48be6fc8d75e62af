/** What may differ of a server. */
export const SERVER_CODES = [
  'server-missing',
  'server-extra',
  'server-moved',
  'server-altered',
  'checks-off',
] as const;

/** What may differ of a file that HAProxy has read. */
export const FILE_CODES = [
  'map-differs',
  'acl-differs',
  'certificate-differs',
  'certificate-missing',
  'certificate-unlisted',
  'certificate-extra',
  'certificate-listed',
] as const;

/** Something that another hand has changed in a running HAProxy. */
export type Difference = ServerDifference | FileDifference;

export interface ServerDifference {
  readonly code: (typeof SERVER_CODES)[number];
  readonly backend: string;
  readonly name: string;
  /** In words. */
  readonly what: string;
}

export interface FileDifference {
  readonly code: (typeof FILE_CODES)[number];
  /** As the configuration names it. */
  readonly file: string;
  /** The folder or crt-list that lists it or should not; empty otherwise. */
  readonly list: string;
  /** In words. */
  readonly what: string;
}

/** Where it is, for people: `BACKEND/NAME`, or a file. */
export function placeOf(difference: Difference): string {
  return 'file' in difference ? difference.file : `${difference.backend}/${difference.name}`;
}
