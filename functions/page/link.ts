/** A relative address, so that a proxy in front may give the service any path: `./?fleet=a`. */
export function link(
  path: string,
  query: Readonly<Record<string, string | number | undefined>> = {},
) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  const search = parameters.toString();
  return `./${path}${search === '' ? '' : `?${search}`}`;
}
