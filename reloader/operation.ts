import type { Certificate } from './config/certificate.ts';
import type { MapEntry } from './config/map-file.ts';
import type { Held } from './holds/hold.ts';
import type { AclChange } from './plan/acl-change.ts';
import type { MapChange } from './plan/map-change.ts';

/** A server as `show servers state` shows it once an operation is done. */
export interface ServerTarget {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly disabled: boolean;
  /** The id that a fresh start would give, where ids decide which server serves a request; 0 where they do not. */
  readonly id: number;
}

/** A server that is the last in HAProxy's list once it is added. */
export interface Addition {
  readonly target: ServerTarget;
  /** What follows `add server BACKEND/NAME`. */
  readonly words: readonly string[];
  readonly check: boolean;
  /** The servers of its backend that must stand before it in the list, where that decides who serves. */
  readonly after: readonly string[];
}

/** A backend that comes or goes as a whole; its servers are operations of their own. */
export type BackendOperation =
  | {
      readonly kind: 'add-backend';
      readonly backend: string;
      /** What follows `add backend NAME`. */
      readonly words: readonly string[];
    }
  /** From here on rules and maps that name it lead there. */
  | { readonly kind: 'publish-backend'; readonly backend: string }
  | { readonly kind: 'unpublish-backend'; readonly backend: string }
  | {
      readonly kind: 'delete-backend';
      readonly backend: string;
      /** What would add it again; empty where nothing could. */
      readonly words: readonly string[];
    };

/** One step over the Runtime API. The order in a plan is the order in which they are carried out. */
export type Operation =
  | BackendOperation
  | { readonly kind: 'disable-server'; readonly backend: string; readonly name: string }
  | ({ readonly kind: 'add-server' } & Addition)
  | { readonly kind: 'move-server'; readonly target: ServerTarget }
  | { readonly kind: 'weigh-server'; readonly target: ServerTarget }
  | { readonly kind: 'limit-server'; readonly target: ServerTarget; readonly maxconn: number }
  | { readonly kind: 'switch-server'; readonly target: ServerTarget }
  /** Sets what an operator had set: no more than that. */
  | { readonly kind: 'hold-server'; readonly target: ServerTarget; readonly hold: Held }
  /** Switches its checks on. */
  | { readonly kind: 'check-server'; readonly target: ServerTarget }
  | {
      readonly kind: 'delete-server';
      readonly backend: string;
      readonly name: string;
      /** Whether what follows needs it gone; otherwise it may go on waiting for its connections to end. */
      readonly needed: boolean;
      /** What would add it again; empty where nothing could. */
      readonly words: readonly string[];
    }
  /** A server of which anything else changed: out, deleted, and added again. */
  | ({ readonly kind: 'replace-server' } & Addition)
  | { readonly kind: 'set-certificate'; readonly file: string; readonly certificate: Certificate }
  | { readonly kind: 'new-certificate'; readonly file: string; readonly certificate: Certificate }
  /** The OCSP response of a certificate that is loaded with another one: DER as base64. */
  | { readonly kind: 'set-staple'; readonly file: string; readonly staple: string }
  /** `line` as it stands in the crt-list; for a folder, the file alone. */
  | {
      readonly kind: 'list-certificate';
      readonly list: string;
      readonly file: string;
      readonly line: string;
    }
  | { readonly kind: 'unlist-certificate'; readonly list: string; readonly file: string }
  | { readonly kind: 'delete-certificate'; readonly file: string }
  | { readonly kind: 'replace-map'; readonly file: string; readonly entries: readonly MapEntry[] }
  /** `entries` are all that there are to be in the end. */
  | {
      readonly kind: 'change-map';
      readonly file: string;
      readonly change: MapChange;
      readonly entries: readonly MapEntry[];
    }
  | {
      readonly kind: 'replace-acl';
      readonly file: string;
      readonly patterns: ReadonlySet<string>;
    }
  /** `patterns` are all that there are to be in the end. */
  | {
      readonly kind: 'change-acl';
      readonly file: string;
      readonly change: AclChange;
      readonly patterns: ReadonlySet<string>;
    };

export type OperationKind = Operation['kind'];
