import { type ConnectionOptions, connect } from 'node:tls';

/** The OCSP response that a client is given who asks for one, as base64; `none` where there is none. */
export function stapleOf(where: ConnectionOptions): Promise<string> {
  // The types of Node.js know the option on sockets alone.
  const options: ConnectionOptions & { readonly requestOCSP: true } = {
    servername: 'a.test',
    rejectUnauthorized: false,
    ...where,
    requestOCSP: true,
  };
  return new Promise((resolve, reject) => {
    const connection = connect(options);
    connection.on('OCSPResponse', (response: Buffer | null) => {
      resolve(response?.toString('base64') ?? 'none');
      connection.destroy();
    });
    connection.on('error', reject);
  });
}
