/** Text that is safe HTML, markupsafe's `Markup`: a str whose operations escape what is put into it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const UNSAFE = /[&<>'"]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

/** Text with `&<>'"` as entities, spelt as markupsafe spells them. */
export const escapeText = (text: string): string =>
  text.replace(UNSAFE, (character) => ENTITIES[character] ?? character);
