import { readPath } from '../http/paths.ts';
import { form, type SettingTable } from '../wire/settings.ts';

/** The history of what people write, and what must hold before it is served. */
export const CHECKING = {
  stateDir: {
    variable: 'STATE_DIR',
    value: 'FOLDER',
    meaning: 'with FROM: folder where revisions are kept; without it, in memory alone',
    parse: readPath,
  },
  revisionHistory: {
    variable: 'REVISION_HISTORY',
    value: 'COUNT',
    meaning: 'revisions of templates and services that are kept',
    fallback: '10',
    parse: form.atLeastOne,
  },
  checkWith: {
    variable: 'CHECK_WITH',
    value: 'BINARY,...',
    meaning:
      'HAProxy binaries, one of each version of the fleet, that must take a changed template or service before it is served, by commas',
    fallback: '',
    parse: form.list,
  },
  checkDir: {
    variable: 'CHECK_DIR',
    value: 'FOLDER',
    meaning:
      'where they are given it to check, private keys included; in memory, best (default: the folder for temporary files)',
    parse: readPath,
  },
  checkDeadline: {
    variable: 'CHECK_DEADLINE',
    value: 'SECONDS',
    meaning: 'seconds after which such a check is ended',
    fallback: '30',
    parse: form.seconds,
  },
  checkMemory: {
    variable: 'CHECK_MEMORY',
    value: 'MEGABYTES',
    meaning: 'megabytes that such a check may use',
    fallback: '1024',
    parse: form.atLeastOne,
  },
} as const satisfies SettingTable;
