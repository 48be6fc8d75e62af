import type { Alert } from '../../wire/alerts.ts';
import { CONFIG_PATH } from '../../wire/bundle.ts';

/** Text of a delivered file that a fault is about: the line, and the header of the section that it stands in. */
export interface LineReference {
  readonly path: string;
  readonly line: string;
  readonly header: string;
  /** Where it stood, from 1. */
  readonly number?: number;
}

/** Lines that begin without indentation open a section. */
const HEADER = /^[a-z]/;
const QUOTED = /'([^']+)'/g;

interface Text {
  readonly path: string;
  readonly lines: readonly string[];
}

const headerAt = (lines: readonly string[], index: number): string =>
  lines[lines.findLastIndex((line, i) => i <= index && HEADER.test(line))] ?? '';

function lineReferenceAt({ path, lines }: Text, index: number): readonly LineReference[] {
  const line = lines[index];
  if (line === undefined || line.trim() === '') return [];
  return [{ path, line, header: headerAt(lines, index), number: index + 1 }];
}

/** The line that an alert is about: by its number, else the first section, else the first line, with a name that it quotes. */
function follow(alert: Alert, texts: readonly Text[]): readonly LineReference[] {
  const config = texts.find(({ path }) => path === CONFIG_PATH);
  if (alert.file !== undefined && alert.line !== undefined) {
    const text = texts.find(({ path }) => path === alert.file) ?? config;
    return text ? lineReferenceAt(text, alert.line - 1) : [];
  }
  if (!config) return [];
  const names = [...alert.message.matchAll(QUOTED)].map(([, name]) => name as string);
  for (const name of names) {
    const isNamed = (line: string) => line.split(/\s+/).includes(name);
    const header = config.lines.findLastIndex((line) => HEADER.test(line) && isNamed(line));
    const index = header >= 0 ? header : config.lines.findIndex(isNamed);
    if (index >= 0) return lineReferenceAt(config, index);
  }
  return [];
}

/** The lines that alerts about files are about; nothing for an alert that leads to none. */
export function lineReferencesOf(
  alerts: readonly Alert[],
  files: readonly { readonly path: string; readonly content: string }[],
): readonly (LineReference | undefined)[] {
  const texts = files.map(({ path, content }) => ({ path, lines: content.split('\n') }));
  return alerts.map((alert) => follow(alert, texts)[0]);
}

/** The number of the line that a reference tells, from 1: in its section, else the first that says the same. */
export function findReferredLine(
  content: string,
  { line, header }: LineReference,
): number | undefined {
  const lines = content.split('\n');
  let section = '';
  let first: number | undefined;
  for (const [i, text] of lines.entries()) {
    if (HEADER.test(text)) section = text;
    if (text !== line) continue;
    if (section === header) return i + 1;
    first ??= i + 1;
  }
  return first;
}
