import { readFileSync } from 'node:fs';
import type { Attempt } from '../apiserver/access.ts';

/** What one request asked for, of `audit.k8s.io/v1`. */
export interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

/** The requests of a user so far, each once, in the order of the log. */
export function readAudit(file: string, user: string): readonly AuditEvent[] {
  const byId = new Map<string, AuditEvent>();
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const event = JSON.parse(line) as AuditEvent;
    if (event.user.username === user) byId.set(event.auditID, event);
  }
  return [...byId.values()];
}

/** What a request is to an authorizer. */
export function attemptOf({ user, verb, objectRef, requestURI }: AuditEvent): Attempt {
  const who = { user: user.username, groups: user.groups ?? [], verb };
  if (objectRef === undefined) return { ...who, path: new URL(requestURI, 'http://x').pathname };
  const { resource = '', subresource, namespace, name, apiGroup: group = '' } = objectRef;
  return {
    ...who,
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}
