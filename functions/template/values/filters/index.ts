import type { FilterTable } from './filter.ts';
import { HAPROXY_FILTERS } from './haproxy.ts';
import { HTML_FILTERS } from './html.ts';
import { JSON_FILTERS } from './json.ts';
import { KUBERNETES_FILTERS } from './kubernetes.ts';
import { MAPPING_FILTERS } from './mapping.ts';
import { NUMBER_FILTERS } from './number.ts';
import { PPRINT_FILTERS } from './pprint.ts';
import { SELECT_FILTERS } from './select.ts';
import { SEQUENCE_FILTERS } from './sequence.ts';
import { TEXT_FILTERS } from './text.ts';

/** Every filter of Jinja2 3.1 (Template Designer Documentation, "List of Builtin Filters"), and those for haproxy.cfg. */
export const filters: FilterTable = Object.freeze(
  Object.assign(
    Object.create(null),
    HAPROXY_FILTERS,
    HTML_FILTERS,
    JSON_FILTERS,
    KUBERNETES_FILTERS,
    MAPPING_FILTERS,
    NUMBER_FILTERS,
    PPRINT_FILTERS,
    SELECT_FILTERS,
    SEQUENCE_FILTERS,
    TEXT_FILTERS,
  ),
);
