import { isIP, SocketAddress } from 'node:net';

export interface Address {
  readonly ip: string;
  readonly port: number;
}

export type AddressResult =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'other' };

const WRITTEN = /^(?:ipv4@|ipv6@)?(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Fa-f:.]+)):(\d{1,5})$/;

/**
 * Reads a server's address where it is a literal IP with a fixed port: names are never resolved at runtime, sockets
 * and mapped ports cannot be set, and the address 0.0.0.0 means something else.
 * Source: HAProxy configuration manual, 11.1 "Address formats".
 */
export function parseAddress(written: string): AddressResult {
  const [, bracketed, bare, digits] = WRITTEN.exec(written) ?? [];
  const ip = bracketed ?? bare ?? '';
  const port = Number(digits);
  if (isIP(ip) === 0 || !(port >= 1 && port <= 65535)) return { kind: 'other' };
  if (/^[0:.]+$/.test(ip)) return { kind: 'other' };
  if (isIP(ip) === 4) return { kind: 'address', address: { ip, port } };
  if (/\./.test(ip)) return { kind: 'other' };
  // HAProxy shows addresses in their canonical form, so they are compared and sent in it.
  return {
    kind: 'address',
    address: { ip: new SocketAddress({ address: ip, family: 'ipv6' }).address, port },
  };
}

/** `ip:port` as `add server` takes it. */
export function formatAddress({ ip, port }: Address): string {
  return isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`;
}
