/** How many services the pods of a benchmark are spread over. */
export const SERVICES = 1_000;

/** The name, and the label, of the service that a pod of a number belongs to. */
export const serviceOf = (index: number): string => `service-${index % SERVICES}`;

function entry(index: number): string {
  const name = serviceOf(index);
  return JSON.stringify({
    namespace: 'shop',
    selector: { app: name },
    hostnames: [`${name}.example.com`, `^www\\.${name}\\.`],
    ports: [8080],
    weights: [1.5, 0.25, 1e3],
    ...(index % 3 === 0 && { path: `/${name}` }),
  });
}

/** The data of ConfigMap `services`, as the example basic reads it. */
export const SERVICE_ENTRIES: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: SERVICES }, (_, i) => [serviceOf(i), entry(i)]),
);
