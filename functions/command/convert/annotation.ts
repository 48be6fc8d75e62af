/** What becomes of an annotation. Nothing is dropped in silence: what nobody knows is refused. */
export type Fate =
  /** `as`: what of the template serves it, where that has another name or value. */
  | { readonly kind: 'translated'; readonly as?: Annotation }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'not needed'; readonly why: string };

export interface Annotation {
  readonly name: string;
  readonly value: string;
}

/** A controller that Ingresses come from. */
export interface Controller {
  /** The controller that its IngressClasses name. */
  readonly controller: string;
  /** The class of Ingresses that say it by annotation. */
  readonly className: string;
  /** What the names of its annotations begin with; the first is the one of now. */
  readonly prefixes: readonly string[];
  /** What becomes of one of them, by its name without the prefix. */
  judge(annotation: Annotation): Fate;
}

export const refused = (why: string): Fate => ({ kind: 'refused', why });
export const notNeeded = (why: string): Fate => ({ kind: 'not needed', why });
