/** The weight (0 to 1) of each name in a header such as Accept-Encoding (RFC 9110, section 12.4.2), names in lower case. */
export function readWeights(header: string | undefined): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of (header ?? '').split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    if (name === '') continue;
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
    const number = weight === undefined ? 1 : Number(weight.slice(weight.indexOf('=') + 1));
    weights.set(name, Number.isFinite(number) ? Math.min(1, Math.max(0, number)) : 0);
  }
  return weights;
}

/** Whether a client wants gzip at least as much as the plain bytes (RFC 9110, section 12.5.3). */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const weights = readWeights(acceptEncoding);
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}

/** Whether a client names JSON and wants it at least as much as plain text. */
export function prefersJson(accept: string | undefined): boolean {
  const weights = readWeights(accept);
  const json = weights.get('application/json') ?? weights.get('application/*') ?? 0;
  return json > 0 && json >= (weights.get('text/plain') ?? weights.get('text/*') ?? 0);
}

/** Whether a client names HTML and wants it at least as much as JSON: browsers do. */
export function prefersHtml(accept: string | undefined): boolean {
  const weights = readWeights(accept);
  const page = weights.get('text/html') ?? 0;
  const json = weights.get('application/json') ?? weights.get('application/*') ?? 0;
  return page > 0 && page >= json && page >= (weights.get('text/plain') ?? 0);
}

/** Whether a client names plain text and wants it more than JSON. */
export function prefersText(accept: string | undefined): boolean {
  const weights = readWeights(accept);
  const text = weights.get('text/plain') ?? 0;
  return text > (weights.get('application/json') ?? weights.get('application/*') ?? 0);
}
