import type { ConfigLine } from './line.ts';

/** A section of an HAProxy configuration: its header and the lines up to the next header. */
export interface Section {
  readonly kind: string;
  /** Empty for sections without a name. */
  readonly name: string;
  /** Kind and name. */
  readonly key: string;
  /** The `defaults` section that the header names after `from`; empty without one. */
  readonly from: string;
  readonly header: ConfigLine;
  readonly lines: readonly ConfigLine[];
  /** Whether it has nothing but servers that name no file, proxy or other server: most of a large configuration. */
  readonly isPlain: boolean;
  /** All of it as written, comments included. */
  readonly text: string;
  readonly obscure: readonly Obscurity[];
}

/** Something that keeps a configuration from being understood for sure, with its line (from 1). */
export interface Obscurity {
  readonly line: number;
  readonly reason: string;
  /** Whether the line is missing from the sections. */
  readonly dropped: boolean;
}

export interface Configuration {
  /** All of it as written. */
  readonly text: string;
  /** What stands before the first section: nothing but comments and blank lines, where all is understood. */
  readonly preamble: string;
  readonly sections: readonly Section[];
  /** Where each section ends in the text, before its last line break. */
  readonly ends: readonly number[];
  /** The sections that are not backends of plain servers. */
  readonly notable: readonly Section[];
  /** Empty when every section is understood. */
  readonly obscure: readonly Obscurity[];
}
