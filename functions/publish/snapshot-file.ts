import { METADATA_FIELD, writeFeedMetadata } from '../core/snapshot-metadata.ts';
import type { Variant } from './publication.ts';
import type { Store } from './store.ts';

const COMMA = Buffer.from(',\n');

const separated = (items: readonly Uint8Array[]): readonly Uint8Array[] =>
  items.flatMap((json, i) => (i === 0 ? [json] : [COMMA, json]));

/** What the template sees, without secrets, as a list of objects that renders to the same hash anywhere. */
export function writeSnapshot(
  store: Pick<Store, 'inputs' | 'feeds' | 'objects'>,
  { variant, etag }: { readonly variant: Variant; readonly etag: string | undefined },
): Uint8Array {
  const { certificates, lost } = store.inputs();
  const [hashes, kept] = [certificates, lost].map((files) =>
    Object.fromEntries([...files].map(([name, { sha256 }]) => [name, sha256])),
  );
  const stapled = [...lost, ...certificates].flatMap(([name, { staple }]) =>
    staple ? [[name, staple.sha256] as const] : [],
  );
  const metadata = {
    ...{ variant, certificates: hashes, lost: kept },
    ...(stapled.length > 0 && { staples: Object.fromEntries(stapled.sort()) }),
    ...(etag ? { etag } : {}),
  };
  const head = `{"apiVersion":"v1","kind":"List","${METADATA_FIELD}":${JSON.stringify(metadata)},"items":[`;
  const feeds = store.feeds().map(({ metadata: of, objects }) => {
    const { head: start, tail } = writeFeedMetadata(of);
    return Buffer.concat([Buffer.from(start), ...separated(objects), Buffer.from(tail)]);
  });
  const items = separated([...store.objects(), ...feeds]);
  return Buffer.concat([Buffer.from(head), ...items, Buffer.from(']}\n')]);
}
