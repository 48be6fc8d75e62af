import { readHostName } from '../wire/own-hosts.ts';
import { form, type SettingTable } from '../wire/settings.ts';

const readHostNames = (text: string) => form.list(text).map(readHostName);

/** Where the service listens, and who may ask it. */
export const SERVING = {
  listen: {
    variable: 'LISTEN',
    value: 'HOST:PORT',
    meaning: 'host:port of the service',
    fallback: '127.0.0.1:8080',
    parse: form.address,
  },
  metricsListen: {
    variable: 'METRICS_LISTEN',
    value: 'HOST:PORT',
    meaning: 'host:port for /metrics and health alone, open to anyone; else they are on LISTEN',
    parse: form.address,
  },
  auth: {
    variable: 'AUTH',
    value: 'none|token|tls|kubernetes',
    meaning: 'who may ask: none (anyone), token, tls or kubernetes',
    fallback: 'none',
    parse: form.oneOf('none', 'token', 'tls', 'kubernetes'),
  },
  allowedHosts: {
    variable: 'ALLOWED_HOSTS',
    value: 'HOST,...',
    meaning:
      'with AUTH=none, and on METRICS_LISTEN: further host names and addresses that requests may name, by commas',
    fallback: '',
    parse: readHostNames,
  },
  allowAnyoneToReadKeys: {
    variable: 'ALLOW_ANYONE_TO_READ_KEYS',
    meaning: 'listen beyond loopback with AUTH=none: whoever can connect reads every private key',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  tokenFile: {
    variable: 'TOKEN_FILE',
    value: 'FILE',
    meaning: 'with AUTH=token: file of tokens, one a line; with status: of the one to ask by',
    parse: form.text,
  },
  audience: {
    variable: 'AUDIENCE',
    value: 'AUDIENCE',
    meaning: 'with AUTH=kubernetes: audience that tokens must be for',
    fallback: 'kubernetes-haproxy',
    parse: form.text,
  },
  tlsCert: {
    variable: 'TLS_CERT',
    value: 'FILE',
    meaning: 'file of the certificate to serve TLS with, chain included; read again as it changes',
    parse: form.text,
  },
  tlsKey: {
    variable: 'TLS_KEY',
    value: 'FILE',
    meaning: 'file of its private key',
    parse: form.text,
  },
  tlsTicketKey: {
    variable: 'TLS_TICKET_KEY',
    value: 'FILE',
    meaning:
      'file of 48 random bytes, or of these in base64, which replicas share: then a client resumes at any of them the TLS session that it had at another; read again as it changes',
    parse: form.text,
  },
  tlsClientCa: {
    variable: 'TLS_CLIENT_CA',
    value: 'FILE',
    meaning: 'file of the CA that client certificates are checked by',
    parse: form.text,
  },
  tlsClientNames: {
    variable: 'TLS_CLIENT_NAMES',
    value: 'NAME,...',
    meaning: 'with AUTH=tls: names of allowed clients (common name, DNS name or URI), by commas',
    fallback: '',
    parse: form.list,
  },
} as const satisfies SettingTable;
