import { type ExplainedFile, type ExplainedLine, formatOrigin } from './origin.ts';

/** Origins begin no further to the right than here, but for lines that are longer. */
const FURTHEST = 80;

const originText = ({ origin }: ExplainedLine): string =>
  origin === undefined ? '' : `# ${formatOrigin(origin)}`;

/** Lines with their origins beside them, as comments. */
function linesText({ lines }: ExplainedFile, isNumbered: boolean): string {
  const widest = Math.min(FURTHEST, Math.max(0, ...lines.map(({ text }) => text.length)));
  const digits = String(lines.at(-1)?.line ?? 0).length;
  return lines
    .map((line) => {
      const number = isNumbered ? `${String(line.line).padStart(digits)}  ` : '';
      return `${number}${line.text.padEnd(widest)}  ${originText(line)}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** Files for people: each line with its origin beside it; with its number, where that is wanted. */
export function formatExplained(
  files: readonly ExplainedFile[],
  { isNumbered = false }: { readonly isNumbered?: boolean } = {},
): string {
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return linesText(only, isNumbered);
  return files.map((file) => `==> ${file.path} <==\n${linesText(file, isNumbered)}`).join('\n');
}
