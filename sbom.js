import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * `npm run sbom`: what the package and the reloader's one file are made of, as CycloneDX, beside the build. Reads what
 * `npm sbom` prints of the lock file, and drops what differs from one run to the next: equal locks, equal bytes.
 */
const { serialNumber: _, ...sbom } = JSON.parse(readFileSync(0, 'utf8'));
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const { timestamp: __, ...metadata } = sbom.metadata;
const told = { ...sbom, metadata: { ...metadata, component: { ...metadata.component, name } } };

const write = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

/** Of those of the package, the ones that the reloader's file has something of. */
function forReloader() {
  const inputs = JSON.parse(readFileSync('dist/reloader/inputs.json', 'utf8'));
  const bundled = new Set(
    inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  const components = told.components.filter((component) => bundled.has(component.name));
  const component = {
    ...told.metadata.component,
    name: 'haproxy-reloader',
    'bom-ref': `haproxy-reloader@${version}`,
  };
  const { dependencies: ___, ...rest } = told;
  return { ...rest, metadata: { ...told.metadata, component }, components };
}

mkdirSync('dist/reloader', { recursive: true });
write('dist/sbom.cdx.json', told);
write('dist/reloader/sbom.cdx.json', forReloader());
