import type { Seeded } from '../../template/seeded.ts';

/** Expressions that print a value; what they do to it changes no structure. */
const PRINTED = [
  '{{ V }}',
  '{{ V|upper }}',
  '{{ V|lower|title|trim }}',
  '{{ V ~ "a" }}',
  '{{ "a" + V }}',
  '{{ "%s-%s"|format(V, "b") }}',
  '{{ "a%s" % (V,) }}',
  '{{ "{}{}".format("a", V) }}',
  '{{ [V, "b"]|join(" ") }}',
  '{{ V|replace("a", "b") }}',
  '{{ V.split(",")|join("-") }}',
  '{{ ("b" ~ V)[1:] }}',
  '{{ V|list|join }}',
  '{{ V|tojson }}',
  '{{ V|e }}',
  '{{ V|re_escape }}',
  '{{ V|quote }}',
  '{{ V|word }}',
  '{{ V|regex }}',
  '{{ V|hostname|quote }}',
  '{{ {"k": V}.k|default("x") }}',
  '{{ m(V) }}',
  '{% set x %}a{{ V }}{% endset %}{{ x }}',
  '{% filter lower %}{{ V }}{% endfilter %}',
  '{% for c in [V] %}{{ c }}{% endfor %}',
  '{% with y = V %}{{ y }}{% endwith %}',
];

/** Where in a line they stand. */
const LINES = [
  'kw P next',
  'kw aPb next',
  'kw P',
  'kw "P" next',
  'kw "a P b" next',
  "kw 'P' next",
  "kw 'a P'b next",
  'kw { path P } next',
  "kw { path 'P' } next",
  'kw a\\ P next # P',
  '# P',
  'kw P P next',
  'kw a,P,b { x } # no',
];

const VALUES = ['s.v', 's.w[0]', 's.w[1]', 'pod.metadata.annotations.a'];

/** A random template that prints the values of services and pods. */
export function randomTemplate(random: Seeded): string {
  const line = (values: readonly string[]): string =>
    `    ${random.pick(LINES).replace(/P/g, () => random.pick(PRINTED).replace(/V/g, random.pick(values)))}\n`;
  const lines = (count: number, values: readonly string[]): string =>
    Array.from({ length: count }, () => line(values)).join('');
  return `{% macro m(a) %}<{{ a }}>{% endmacro %}{% for s in services %}
backend b
${lines(2, VALUES.slice(0, 3))}{% for pod in s.pods.values() %}
${lines(2, VALUES)}{% endfor %}{% endfor %}
`;
}
