import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Publication } from './publication.ts';
import { CONFIG_PATH, formatBundle } from '../wire/bundle.ts';
import type { Ancestry } from './ancestry.ts';

const gzipped = promisify(gzip);

/** Makes a bundle ready to be sent. */
export function toPublication({ bundle, patch }: Ancestry, publishedAt: Date): Publication {
  const json = Buffer.from(formatBundle(bundle));
  let compressed: Uint8Array | Promise<Uint8Array> | undefined;
  async function compress(): Promise<Uint8Array> {
    const bytes = await gzipped(json);
    compressed = bytes;
    return bytes;
  }
  return {
    etag: bundle.etag,
    config: bundle.files.find(({ path }) => path === CONFIG_PATH)?.content ?? '',
    json,
    gzip() {
      compressed ??= compress();
      return compressed;
    },
    patch,
    publishedAt,
  };
}
