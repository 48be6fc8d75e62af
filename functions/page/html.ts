/** Text that is HTML already: whatever else comes into HTML is escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in HTML: text, numbers, HTML, several of these, or nothing. */
export type Content = string | number | Html | undefined | false | readonly Content[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** What ends an attribute that is not quoted cannot be escaped. */
const OPEN_ATTRIBUTE = /=\s*$/;
const checked = new WeakSet<TemplateStringsArray>();

function check(strings: TemplateStringsArray): void {
  if (checked.has(strings)) return;
  if (strings.slice(0, -1).some((part) => OPEN_ATTRIBUTE.test(part)))
    throw new Error(`an attribute without quotes: ${strings.join('…')}`);
  checked.add(strings);
}

function write(content: Content): string {
  if (content === undefined || content === false) return '';
  if (content instanceof Html) return content.text;
  if (Array.isArray(content)) return content.map(write).join('');
  return String(content).replace(/[&<>"']/g, (found) => ESCAPES[found] ?? found);
}

/** HTML as it stands, with whatever is put into it escaped. Attributes are quoted. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  check(strings);
  const parts = contents.map((content, i) => `${write(content)}${strings[i + 1]}`);
  return new Html(`${strings[0]}${parts.join('')}`);
}

/** The HTML of a whole document. */
export const documentText = (body: Html): string => `<!doctype html>\n${body.text}\n`;
