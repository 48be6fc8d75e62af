/** Text that is safe HTML, markupsafe's `Markup`: a str whose operations escape what is put into it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
