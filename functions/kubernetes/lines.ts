import { ApiError } from './api-error.ts';

const LINE_FEED = 0x0a;
/** Twice what etcd lets an object be: a longer "line" is no event. */
const LONGEST_LINE = 8 * 1024 * 1024;

/**
 * Splits a stream of chunks at the byte 0x0A: text inside JSON may hold U+2028 and the like, which are no line ends
 * here. What follows the last line feed waits for more.
 *
 * @throws ApiError `kubernetes-garbage` where a line does not end
 */
export function createLineSplitter(): (chunk: Uint8Array) => Buffer[] {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  return (chunk) => {
    const lines: Buffer[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end < 0) break;
      const line = Buffer.concat([...pending, chunk.subarray(start, end)]);
      pending = [];
      pendingBytes = 0;
      start = end + 1;
      if (line.length > 0) lines.push(line);
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
      if (pendingBytes > LONGEST_LINE)
        throw new ApiError('kubernetes-garbage', `a line of more than ${LONGEST_LINE} bytes`);
    }
    return lines;
  };
}
