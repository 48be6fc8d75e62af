/** The parts of a page that are kept up to date, by name. */
function partsOf(page: Document): Map<string, Element> {
  const found = page.querySelectorAll<HTMLElement>('[data-live]');
  return new Map(Array.from(found, (part) => [part.dataset.live ?? '', part]));
}

/** What a part says, whatever time has passed. */
const saying = (part: Element): string => part.innerHTML.replace(/(<time [^>]*>)[^<]*/g, '$1');

/** How the focus is found again in what takes the place of a part. */
function focusWithin(part: Element): (() => void) | undefined {
  const focused = document.activeElement;
  if (!focused || focused === part || !part.contains(focused)) return undefined;
  const all = (within: Element) => [...within.querySelectorAll(focused.tagName)];
  const place = all(part).indexOf(focused);
  const text = focused.textContent;
  return () => {
    const others = all(part);
    const found = others.find((other) => other.textContent === text) ?? others[place];
    if (found instanceof HTMLElement) found.focus({ preventScroll: true });
  };
}

/** Takes over what another page of the same kind says; what it says as before stays untouched. */
export function takeParts(page: Document): void {
  const next = partsOf(page);
  for (const [name, part] of partsOf(document)) {
    const newer = next.get(name);
    if (!newer || saying(newer) === saying(part)) continue;
    const focusAgain = focusWithin(part);
    part.replaceChildren(
      ...Array.from(newer.childNodes, (node) => document.importNode(node, true)),
    );
    focusAgain?.();
  }
  if (page.title !== '' && next.size > 0) document.title = page.title;
}
