import type { ConfigLine } from './line.ts';

/**
 * A section of an HAProxy configuration: its header and the lines up to the next header. It does not say where it stands:
 * one that another configuration has further down is the same object there.
 */
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
  /** By lines below its first. */
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
  /** No two of them are the same object. */
  readonly sections: readonly Section[];
  /** The first line of each section, from 1. */
  readonly starts: readonly number[];
  /** Where each section ends in the text, before its last line break. */
  readonly ends: readonly number[];
  /** Which of the sections are not backends of plain servers. */
  readonly notable: readonly number[];
  /** Empty when every section is understood. */
  readonly obscure: readonly Obscurity[];
}

/** The sections that are not backends of plain servers. */
export const notableSections = ({ notable, sections }: Configuration): readonly Section[] =>
  notable.map((i) => sections[i] as Section);

/** Says where a line of a section stands, from 1. */
export type LineNumber = (section: Section, line: Pick<ConfigLine, 'offset'>) => number;

/** By the first of these configurations that has the section. */
export const lineNumberIn =
  (...configurations: readonly Configuration[]): LineNumber =>
  (section, { offset }) => {
    for (const { sections, starts } of configurations) {
      const start = starts[sections.indexOf(section)];
      if (start !== undefined) return start + offset;
    }
    return offset + 1;
  };
