import { form, type SettingTable } from '../wire/settings.ts';

/** What the API server is told of ConfigMaps before they are there. */
export const ADMISSION = {
  admission: {
    variable: 'ADMISSION',
    value: 'refuse|warn|off',
    meaning:
      'what POST /admission says of a ConfigMap that would be held back: refuse it, warn, or off: there is no such path',
    fallback: 'refuse',
    parse: form.oneOf('refuse', 'warn', 'off'),
  },
  admissionSecretFile: {
    variable: 'ADMISSION_SECRET_FILE',
    value: 'FILE',
    meaning:
      'file of secrets, one a line: whoever knows one may POST /admission/SECRET, besides whom AUTH lets in',
    parse: form.text,
  },
} as const satisfies SettingTable;
