/** Something that another hand has changed in a running HAProxy. */
export type Difference = ServerDifference | FileDifference;

export interface ServerDifference {
  readonly code:
    | 'server-missing'
    | 'server-extra'
    | 'server-moved'
    | 'server-altered'
    | 'checks-off';
  readonly backend: string;
  readonly name: string;
  /** In words. */
  readonly what: string;
}

export interface FileDifference {
  readonly code:
    | 'map-differs'
    | 'acl-differs'
    | 'certificate-differs'
    | 'certificate-missing'
    | 'certificate-extra'
    | 'certificate-unlisted'
    | 'certificate-listed';
  /** As the configuration names it. */
  readonly file: string;
  /** The folder or crt-list that lists it or should not; empty otherwise. */
  readonly list: string;
  readonly what: string;
}

/** Where it is, for people: `BACKEND/NAME`, or a file. */
export function placeOf(difference: Difference): string {
  return 'file' in difference ? difference.file : `${difference.backend}/${difference.name}`;
}
