import { type Origin, ownerTexts, type TemplatePlace } from '../core/origin/origin.ts';
import { type Content, type Html, html } from './html.ts';

const placeText = ({ key, line, column }: TemplatePlace): string =>
  `${key}, line ${line}, column ${column}`;

const entry = (name: string, values: readonly Content[]): Content =>
  values.length > 0 && html`<dt>${name}</dt>${values.map((value) => html`<dd>${value}</dd>`)}`;

/** Everything that is known of what gave a line. */
export function originDetails(title: string, origin: Origin | undefined): Html {
  if (!origin) return html`<p><strong>${title}</strong> comes from no template.</p>`;
  const { way = [], variables = [], also = [] } = origin;
  return html`<p><strong>${title}</strong></p>
<dl>
${entry('Template', [placeText(origin)])}
${entry('Of', ownerTexts(origin))}
${entry(
  'Called from',
  [...way].reverse().map(({ kind, name, ...at }) => `${kind} ${name ?? ''}: ${placeText(at)}`),
)}
${entry('Hangs on', variables)}
${entry(
  'Also from',
  also.map((part) => [placeText(part), ...ownerTexts(part)].join(', ')),
)}
</dl>`;
}
