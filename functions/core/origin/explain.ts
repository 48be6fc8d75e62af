import type { Traced } from '../../template/index.ts';
import { CONFIG_PATH } from '../../wire/bundle.ts';
import type { Values } from '../structure/entries.ts';
import type { Contents } from '../structure/output.ts';
import { explainFile, type LineChoice } from './lines.ts';
import type { ToldAlert } from '../../wire/alerts-header.ts';
import type { DeliveredLine } from '../diagnostics.ts';
import type { ExplainedFile } from './origin.ts';
import { Owners } from './owners.ts';
import { findReferredLine, type LineReference, lineReferencesOf } from './line-reference.ts';

/** Which lines are asked about. */
export interface ExplainQuestion {
  /** By number: of this file, or of all. */
  readonly file?: string;
  readonly lines?: LineChoice;
  /** Nothing of lines, but the files as they are. */
  readonly isPlain?: boolean;
  /** By what they say, instead: in another render they may stand elsewhere. */
  readonly references?: readonly LineReference[];
  /** By what HAProxy says, instead. */
  readonly alerts?: readonly ToldAlert[];
}

export interface Explained {
  /** Of the files that are asked about, the configuration first; nothing where references or alerts are. */
  readonly files: readonly ExplainedFile[];
  /** One for each reference or alert; undefined where the line is not there. */
  readonly delivered: readonly (DeliveredLine | undefined)[];
  /** All files that templates give, the configuration first. */
  readonly paths: readonly string[];
  /** Their contents in that order, where these are asked for. */
  readonly contents?: readonly string[];
}

/** A render whose lines can be explained. */
export interface Explainable {
  readonly contents: Contents;
  readonly values: Values;
  /** Takes out of a line what must not be told. */
  readonly redact: (text: string) => string;
  /** Renders once more, with a trace. */
  readonly trace: () => ReadonlyMap<string, Traced>;
}

function lineReferenceOf(alert: ToldAlert, contents: Contents): LineReference | undefined {
  const { file: path = CONFIG_PATH, text: line, section: header = '' } = alert;
  if (line !== undefined && line.trim() !== '') return { path, line, header };
  const files = Array.from(contents, ([name, content]) => ({ path: name, content }));
  return lineReferencesOf([alert], files)[0];
}

const rank = (path: string): number => (path === CONFIG_PATH ? 0 : 1);

/** Tells where lines of a render come from. It is traced once, and only where there is such a line. */
export class Explainer {
  private readonly render: Explainable;
  private traced: ReadonlyMap<string, Traced> | undefined;
  private owners: Owners | undefined;

  constructor(render: Explainable) {
    this.render = render;
  }

  private file(path: string, choice: LineChoice): ExplainedFile | undefined {
    const { contents, values, redact, trace } = this.render;
    const content = contents.get(path);
    if (content === undefined) return undefined;
    this.traced ??= trace();
    this.owners ??= new Owners(values);
    const traced = this.traced.get(path);
    return traced && explainFile({ path, content, redact, traced }, this.owners, choice);
  }

  private delivered(reference: LineReference | undefined): DeliveredLine | undefined {
    if (reference === undefined) return undefined;
    const { path } = reference;
    const number = findReferredLine(this.render.contents.get(path) ?? '', reference);
    if (number === undefined) return undefined;
    const [line] = this.file(path, { from: number, to: number })?.lines ?? [];
    return line && { path, ...line };
  }

  /** @throws TemplateError where it is too much to be traced */
  explain({ file, lines = {}, alerts, isPlain = false, ...question }: ExplainQuestion): Explained {
    const { contents } = this.render;
    const paths = [...contents.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    const references =
      question.references ?? alerts?.map((alert) => lineReferenceOf(alert, contents));
    const delivered = references?.map((reference) => this.delivered(reference)) ?? [];
    if (references) return { files: [], delivered, paths };
    if (isPlain)
      return {
        files: [],
        delivered,
        paths,
        contents: paths.map((path) => contents.get(path) ?? ''),
      };
    const asked = file === undefined ? paths : [file];
    return { files: asked.flatMap((path) => this.file(path, lines) ?? []), delivered, paths };
  }
}
