import type { Traced } from '../../template/index.ts';
import { CONFIG_PATH } from '../../wire/bundle.ts';
import type { Values } from '../structure/entries.ts';
import type { Contents } from '../structure/output.ts';
import { explainFile, type LineChoice } from './lines.ts';
import type { ToldAlert } from '../../wire/told-alerts.ts';
import type { DeliveredLine } from '../diagnostics.ts';
import type { ExplainedFile } from './origin.ts';
import { Owners } from './owners.ts';
import { findTelltale, type Telltale, telltalesOf } from './telltale.ts';

/** Which lines are asked about. */
export interface ExplainQuestion {
  /** By number: of this file, or of all. */
  readonly file?: string;
  readonly lines?: LineChoice;
  /** Nothing of lines, but the files as they are. */
  readonly isPlain?: boolean;
  /** By what they say, instead: in another render they may stand elsewhere. */
  readonly telltales?: readonly Telltale[];
  /** By what HAProxy says, instead. */
  readonly alerts?: readonly ToldAlert[];
}

export interface Explained {
  /** Of the files that are asked about, the configuration first; nothing where telltales or alerts are. */
  readonly files: readonly ExplainedFile[];
  /** One for each telltale or alert; undefined where the line is not there. */
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

function telltaleOf(alert: ToldAlert, contents: Contents): Telltale | undefined {
  const { file: path = CONFIG_PATH, text: line, section: header = '' } = alert;
  if (line !== undefined && line.trim() !== '') return { path, line, header };
  const files = Array.from(contents, ([name, content]) => ({ path: name, content }));
  return telltalesOf([alert], files)[0];
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

  private delivered(telltale: Telltale | undefined): DeliveredLine | undefined {
    if (telltale === undefined) return undefined;
    const { path } = telltale;
    const number = findTelltale(this.render.contents.get(path) ?? '', telltale);
    if (number === undefined) return undefined;
    const [line] = this.file(path, { from: number, to: number })?.lines ?? [];
    return line && { path, ...line };
  }

  /** @throws TemplateError where it is too much to be traced */
  explain({ file, lines = {}, alerts, isPlain = false, ...question }: ExplainQuestion): Explained {
    const { contents } = this.render;
    const paths = [...contents.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    const telltales = question.telltales ?? alerts?.map((alert) => telltaleOf(alert, contents));
    const delivered = telltales?.map((telltale) => this.delivered(telltale)) ?? [];
    if (telltales) return { files: [], delivered, paths };
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
