/** What an OCSP response (RFC 6960, section 4.2.1) says of one certificate. */
export interface OcspResponse {
  /** Upper-case hex, as `X509Certificate` has it. */
  readonly serialNumber: string;
  /** By which the issuer's name and key are hashed: an object identifier, in hex. */
  readonly hashAlgorithm: string;
  /** Lower-case hex. */
  readonly issuerKeyHash: string;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** In milliseconds since the epoch. */
  readonly producedAt: number;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
}

/** Why bytes are not an OCSP response that HAProxy can use. */
export class OcspError extends Error {}

interface Value {
  readonly tag: number;
  readonly body: Buffer;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTETS = 0x04;
const IDENTIFIER = 0x06;
const ENUMERATED = 0x0a;
const TIME = 0x18;
/** `[0]` around a value. */
const EXPLICIT_0 = 0xa0;
const STATUSES = new Map([
  [0x80, 'good'],
  [0xa1, 'revoked'],
  [0x82, 'unknown'],
] as const);
/** id-pkix-ocsp-basic. */
const BASIC = '2b0601050507300101';
const NOT_DER = 'is not an OCSP response in DER';

/** The values that stand one after the other in bytes. */
export function readDer(bytes: Buffer): readonly Value[] {
  const values: Value[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const count = first < 0x80 ? 0 : first & 0x7f;
    const begin = at + 2 + count;
    if (count > 4 || begin > bytes.length) throw new OcspError(NOT_DER);
    const length = count === 0 ? first : bytes.readUIntBE(at + 2, count);
    if (first === 0x80 || begin + length > bytes.length) throw new OcspError(NOT_DER);
    values.push({ tag, body: bytes.subarray(begin, begin + length) });
    at = begin + length;
  }
  return values;
}

function need(value: Value | undefined, tag: number): Buffer {
  if (value?.tag !== tag) throw new OcspError(NOT_DER);
  return value.body;
}

/** `20261127051500Z` (RFC 5280, section 4.1.2.5.2). */
function readTime(value: Value | undefined): number {
  const text = need(value, TIME).toString('latin1');
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) throw new OcspError(NOT_DER);
  return time;
}

/** An INTEGER without the zero that says that it is positive. */
const readSerial = (body: Buffer): string =>
  (body.length > 1 && body[0] === 0 ? body.subarray(1) : body).toString('hex').toUpperCase();

/** The list of what is said of certificates, and when. */
function readData(bytes: Buffer) {
  const [basic] = readDer(bytes);
  const [data] = readDer(need(basic, SEQUENCE));
  const values = readDer(need(data, SEQUENCE));
  // The version is left out where it is 1; who responds does not matter here.
  const [, produced, responses] = values[0]?.tag === EXPLICIT_0 ? values.slice(1) : values;
  return { producedAt: readTime(produced), responses: readDer(need(responses, SEQUENCE)) };
}

function readSingle(value: Value | undefined): Omit<OcspResponse, 'producedAt'> {
  const [id, told, thisUpdate, next] = readDer(need(value, SEQUENCE));
  const [algorithm, , keyHash, serial] = readDer(need(id, SEQUENCE));
  const status = STATUSES.get(told?.tag as 0x80);
  if (status === undefined) throw new OcspError(NOT_DER);
  if (next?.tag !== EXPLICIT_0) throw new OcspError('does not say until when it holds');
  return {
    serialNumber: readSerial(need(serial, INTEGER)),
    hashAlgorithm: need(readDer(need(algorithm, SEQUENCE))[0], IDENTIFIER).toString('hex'),
    issuerKeyHash: need(keyHash, OCTETS).toString('hex'),
    status,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: readTime(readDer(next.body)[0]),
  };
}

/**
 * Reads an OCSP response as HAProxy takes it: successful, basic, and about one certificate. Its signature is left to
 * clients.
 *
 * @throws OcspError
 */
export function readOcspResponse(bytes: Buffer): OcspResponse {
  const [outer, ...rest] = readDer(bytes);
  if (rest.length > 0) throw new OcspError(NOT_DER);
  const [status, response] = readDer(need(outer, SEQUENCE));
  const code = need(status, ENUMERATED)[0];
  if (code !== 0) throw new OcspError(`is the answer of a responder that failed (status ${code})`);
  const [sequence] = readDer(need(response, EXPLICIT_0));
  const [type, content] = readDer(need(sequence, SEQUENCE));
  if (need(type, IDENTIFIER).toString('hex') !== BASIC) throw new OcspError(NOT_DER);
  const { producedAt, responses } = readData(need(content, OCTETS));
  if (responses.length !== 1)
    throw new OcspError(`is about ${responses.length} certificates instead of one`);
  return { ...readSingle(responses[0]), producedAt };
}
