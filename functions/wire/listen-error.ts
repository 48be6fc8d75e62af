const WHY: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  EADDRINUSE: [
    'another process listens there',
    'End that process, or choose another address: LISTEN, or METRICS_LISTEN.',
  ],
  EADDRNOTAVAIL: [
    'it is not an address of this machine',
    'Choose one of its addresses, or 0.0.0.0 for all of them: LISTEN, or METRICS_LISTEN.',
  ],
  EACCES: [
    'this user is not allowed to',
    'Choose a port of 1024 or above, or give the process the capability NET_BIND_SERVICE.',
  ],
};

/** An address that cannot be listened on. Codes: those of the system, such as `EADDRINUSE`. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: string | undefined;
  readonly hint: string;
  constructor(cause: NodeJS.ErrnoException, { host, port }: { host: string; port: number }) {
    const [why, hint] = WHY[cause.code ?? ''] ?? [cause.message, ''];
    super(`cannot listen on ${host.includes(':') ? `[${host}]` : host}:${port}: ${why}`, { cause });
    this.code = cause.code;
    this.hint = hint;
  }
}
