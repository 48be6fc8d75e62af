import { CONFIG_PATH } from '../../wire/bundle.ts';
import type { Place } from '../diagnostics.ts';
import type { Cursor } from './cursor.ts';
import { titleOf } from './delivered-lines.ts';
import { type LinePattern, readLinePattern } from './line-pattern.ts';

/** What is said of the lines of a section or of a file. */
export interface LineClaims {
  readonly has: readonly LinePattern[];
  readonly lacks: readonly LinePattern[];
  /** There, one after the other, whatever is between them. */
  readonly inOrder: readonly LinePattern[];
  /** These, and no other. */
  readonly lines?: readonly LinePattern[];
}

interface AnyExpectation {
  readonly where: Place;
}

export interface SectionExpectation extends AnyExpectation, LineClaims {
  readonly kind: 'section';
  /** `backend web`. */
  readonly title: string;
  readonly isAbsent: boolean;
}

export interface FileExpectation extends AnyExpectation, LineClaims {
  readonly kind: 'file';
  /** In the bundle: `haproxy.cfg`, `files/hosts.map`. */
  readonly path: string;
  readonly isAbsent: boolean;
  /** A file, relative to `tests.yaml`, that it is equal to. */
  readonly equals?: string;
}

export interface MapExpectation extends AnyExpectation {
  readonly kind: 'map';
  readonly path: string;
  readonly key: string;
  /** Any, unless set. */
  readonly value?: string;
  readonly isAbsent: boolean;
}

export interface CertificateExpectation extends AnyExpectation {
  readonly kind: 'certificate';
  readonly name: string;
  readonly isAbsent: boolean;
  /** Hosts that it is for. */
  readonly hosts: readonly string[];
}

export interface DiagnosticExpectation extends AnyExpectation {
  readonly kind: 'diagnostic';
  readonly code: string;
  readonly message?: RegExp;
}

export interface CheckExpectation extends AnyExpectation {
  readonly kind: 'check';
  readonly outcome: 'passes' | 'fails';
  /** Of HAProxy's words. */
  readonly message?: RegExp;
}

export type Expectation =
  | SectionExpectation
  | FileExpectation
  | MapExpectation
  | CertificateExpectation
  | DiagnosticExpectation
  | CheckExpectation;

type Members = ReadonlyMap<string, Cursor>;

interface Subject {
  readonly members: readonly string[];
  readonly read: (subject: Cursor, members: Members) => Expectation;
}

const LINES = ['has', 'lacks', 'inOrder', 'lines', 'absent'];

const isAbsent = (members: Members): boolean => members.get('absent')?.true() ?? false;

const messageOf = (members: Members) => {
  const message = members.get('message')?.regex();
  return message === undefined ? {} : { message };
};

/** A file of ConfigMap `config` lies in `files/`. */
const deliveredPath = (name: string): string =>
  name === CONFIG_PATH || name.startsWith('files/') ? name : `files/${name}`;

function lineClaims(members: Members, path: string): LineClaims {
  const patterns = (name: string): readonly LinePattern[] | undefined =>
    members
      .get(name)
      ?.items()
      .map((item) => readLinePattern(item, path));
  // A section without any line can be meant, too.
  const exact = members.get('lines')?.value;
  const lines = Array.isArray(exact) && exact.length === 0 ? [] : patterns('lines');
  return {
    has: patterns('has') ?? [],
    lacks: patterns('lacks') ?? [],
    inOrder: patterns('inOrder') ?? [],
    ...(lines && { lines }),
  };
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  section: {
    members: LINES,
    read: (subject, members) => ({
      kind: 'section',
      where: subject.where,
      title: titleOf(subject.text().split(/\s+/)),
      isAbsent: isAbsent(members),
      ...lineClaims(members, CONFIG_PATH),
    }),
  },
  file: {
    members: [...LINES, 'equals'],
    read(subject, members) {
      const path = deliveredPath(subject.text());
      const equals = members.get('equals')?.text();
      return {
        kind: 'file',
        where: subject.where,
        path,
        isAbsent: isAbsent(members),
        ...(equals !== undefined && { equals }),
        ...lineClaims(members, path),
      };
    },
  },
  map: {
    members: ['key', 'value', 'absent'],
    read(subject, members) {
      const key = members.get('key') ?? subject.fail('the map lacks the key that is meant');
      const value = members.get('value')?.text();
      return {
        kind: 'map',
        where: key.where,
        path: deliveredPath(subject.text()),
        key: key.text(),
        ...(value !== undefined && { value }),
        isAbsent: isAbsent(members),
      };
    },
  },
  certificate: {
    members: ['hosts', 'absent'],
    read: (subject, members) => ({
      kind: 'certificate',
      where: subject.where,
      name: subject.text().replace(/\.pem$/, ''),
      isAbsent: isAbsent(members),
      hosts: members.get('hosts')?.texts() ?? [],
    }),
  },
  diagnostic: {
    members: ['message'],
    read: (subject, members) => ({
      kind: 'diagnostic',
      where: subject.where,
      code: subject.text(),
      ...messageOf(members),
    }),
  },
  haproxyCheck: {
    members: ['message'],
    read: (subject, members) => ({
      kind: 'check',
      where: subject.where,
      outcome: subject.oneOf(['passes', 'fails']),
      ...messageOf(members),
    }),
  },
};

/** Reads one item of `expect`. @throws TestsFault */
export function readExpectation(cursor: Cursor): Expectation {
  const names = Object.keys(SUBJECTS);
  const given = [...cursor.entries().keys()].filter((name) => names.includes(name));
  const [name = ''] = given;
  const subject = SUBJECTS[name];
  if (!subject || given.length > 1)
    return cursor.fail(
      given.length > 1
        ? `${given.join(' and ')} are two subjects`
        : 'the expectation has no subject',
      `Begin it with one of ${names.join(', ')}.`,
    );
  const members = cursor.members([name, ...subject.members]);
  return subject.read(members.get(name) as Cursor, members);
}
