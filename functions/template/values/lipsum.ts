import { capitalize } from './text/case.ts';
import { escapeText } from './text/escape.ts';
import { Markup } from './classes/markup.ts';
import { valueError } from './python-error.ts';

export interface LipsumOptions {
  readonly paragraphs: number;
  readonly html: boolean;
  /** Words in a paragraph: at least `min`, fewer than `max`. */
  readonly min: number;
  readonly max: number;
}

const WORDS =
  'a ac accumsan ad adipiscing aenean aliquam amet ante arcu at auctor augue bibendum blandit commodo consequat cras cubilia cursus dapibus diam dictum dignissim dolor donec dui egestas eget elementum elit enim erat eros est et etiam eu euismod facilisi fames faucibus felis fermentum feugiat fringilla fusce gravida habitant iaculis id imperdiet in integer interdum ipsum justo lacinia lacus laoreet lectus leo libero ligula lorem luctus magna massa mattis mauris metus mi mollis montes morbi nam nec neque nibh nisi nisl non nulla nunc odio orci ornare pede per porta posuere primis proin purus quam quis rhoncus risus rutrum sagittis sapien sed sem semper sit sociis sodales tellus tempor tempus tortor turpis ultrices urna ut varius vel velit vitae vivamus volutpat'.split(
    ' ',
  );

function paragraph(count: number, pick: (from: number, to: number) => number): string {
  const words: string[] = [];
  let isStart = true;
  let lastComma = 0;
  let lastStop = 0;
  let previous = '';
  for (let index = 0; index < count; index++) {
    let word = previous;
    while (word === previous) word = WORDS[pick(0, WORDS.length)] ?? '';
    previous = word;
    if (isStart) word = capitalize(word);
    isStart = false;
    if (index - pick(3, 8) > lastComma) {
      lastComma = index;
      lastStop += 2;
      word += ',';
    }
    if (index - pick(10, 20) > lastStop) {
      lastComma = index;
      lastStop = index;
      word += '.';
      isStart = true;
    }
    words.push(word);
  }
  return words.join(' ').replace(/[,.]?$/, '.');
}

/** Blind text, as Jinja2's `generate_lorem_ipsum`: which words it has is chance. */
export function lipsum(options: LipsumOptions, random: () => number): string | Markup {
  const { paragraphs, html, min, max } = options;
  if (max <= min && paragraphs > 0) {
    throw valueError(`empty range for randrange() (${min}, ${max}, ${max - min})`);
  }
  const pick = (from: number, to: number): number => from + Math.floor(random() * (to - from));
  const texts = Array.from({ length: Math.max(0, paragraphs) }, () =>
    paragraph(pick(min, max), pick),
  );
  if (!html) return texts.join('\n\n');
  return new Markup(texts.map((text) => `<p>${escapeText(text)}</p>`).join('\n'));
}
