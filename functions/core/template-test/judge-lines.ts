import type { DeliveredText } from './delivered-lines.ts';
import type { LineClaims } from './expectation.ts';
import type { Failure } from './failure.ts';
import type { LinePattern } from './line-pattern.ts';

const MOST_SHOWN = 12;

/** What there is, those first that begin like what is missing. */
function shown(title: string, lines: readonly DeliveredText[], like = ''): string {
  if (lines.length === 0) return `${title} has no line.`;
  const [first = ''] = like.split(/\s+/);
  const near = lines.filter(({ words }) => words[0] === first);
  const listed = [...near, ...lines.filter((line) => !near.includes(line))];
  const more = listed.length > MOST_SHOWN ? [`... and ${listed.length - MOST_SHOWN} more`] : [];
  const texts = listed.slice(0, MOST_SHOWN).map(({ text }) => text);
  return [`${title} has`, ...[...texts, ...more].map((text) => `    ${text}`)].join('\n');
}

function judgeHas(title: string, lines: readonly DeliveredText[], pattern: LinePattern) {
  const { times, text, where } = pattern;
  const found = lines.filter((line) => pattern.matches(line)).length;
  if (times === undefined ? found > 0 : found === times) return [];
  const message =
    times === undefined
      ? `${title} lacks ${text}`
      : `${title} has ${text} ${found} times, not ${times}`;
  return [{ where, message, hint: shown(title, lines, text) }];
}

function judgeLacks(title: string, lines: readonly DeliveredText[], pattern: LinePattern) {
  const found = lines.find((line) => pattern.matches(line));
  if (!found) return [];
  const hint = `The line is ${found.text}`;
  return [{ where: pattern.where, message: `${title} has ${pattern.text}`, hint }];
}

function judgeOrder(
  title: string,
  lines: readonly DeliveredText[],
  patterns: readonly LinePattern[],
) {
  let at = 0;
  for (const pattern of patterns) {
    const next = lines.findIndex((line, i) => i >= at && pattern.matches(line));
    if (next < 0) {
      const isEarlier = lines.some((line) => pattern.matches(line));
      const message = isEarlier
        ? `${title} has ${pattern.text} too early`
        : `${title} lacks ${pattern.text}`;
      return [{ where: pattern.where, message, hint: shown(title, lines, pattern.text) }];
    }
    at = next + 1;
  }
  return [];
}

function judgeExact(
  title: string,
  lines: readonly DeliveredText[],
  claims: { readonly patterns: readonly LinePattern[]; readonly where: Failure['where'] },
): readonly Failure[] {
  const { patterns } = claims;
  const odd = patterns.find((pattern, i) => {
    const line = lines[i];
    return line === undefined || !pattern.matches(line);
  });
  if (odd)
    return [
      { where: odd.where, message: `${title} lacks ${odd.text} here`, hint: shown(title, lines) },
    ];
  const extra = lines[patterns.length];
  if (extra === undefined) return [];
  const message = `${title} has one line more: ${extra.text}`;
  return [{ where: claims.where, message, hint: shown(title, lines) }];
}

/** What is not as it is said of the lines of a section or of a file. */
export function judgeLines(
  title: string,
  lines: readonly DeliveredText[],
  claims: LineClaims & { readonly where: Failure['where'] },
): readonly Failure[] {
  const { has, lacks, inOrder, lines: exact, where } = claims;
  return [
    ...has.flatMap((pattern) => judgeHas(title, lines, pattern)),
    ...lacks.flatMap((pattern) => judgeLacks(title, lines, pattern)),
    ...judgeOrder(title, lines, inOrder),
    ...(exact ? judgeExact(title, lines, { patterns: exact, where }) : []),
  ];
}
