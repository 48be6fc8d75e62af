import { form, type SettingTable } from '../wire/settings.ts';

/** How much is served at once. */
export const LIMITS = {
  maxVariants: {
    variable: 'MAX_VARIANTS',
    value: 'COUNT',
    meaning: 'different sets of parameters that are served at once',
    fallback: '100',
    parse: form.atLeastOne,
  },
  maxPolls: {
    variable: 'MAX_POLLS',
    value: 'COUNT',
    meaning: 'requests that are held at once',
    fallback: '20000',
    parse: form.atLeastOne,
  },
  maxConnections: {
    variable: 'MAX_CONNECTIONS',
    value: 'COUNT',
    meaning: 'connections at once; more are closed',
    fallback: '30000',
    parse: form.atLeastOne,
  },
  maxBody: {
    variable: 'MAX_BODY',
    value: 'MEGABYTES',
    meaning: 'megabytes of a snapshot for POST /render',
    fallback: '32',
    parse: form.atLeastOne,
  },
  maxRenders: {
    variable: 'MAX_RENDERS',
    value: 'COUNT',
    meaning: 'POST /render requests at once',
    fallback: '2',
    parse: form.atLeastOne,
  },
} as const satisfies SettingTable;
