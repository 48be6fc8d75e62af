import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSelections } from '../../functions/core/selections.ts';
import { selects } from '../../functions/core/services.ts';
import { foreign, settle } from '../../functions/template/foreign.ts';
import { type JsonObject, objectOf } from '../../functions/template/json/index.ts';

const name = fc.constantFrom('app', 'tier', 'a b', '8');
const value = fc.constantFrom('web', 'db', 'x y', '');
const pairs = fc.uniqueArray(fc.tuple(name, value), { selector: ([label]) => label, maxLength: 3 });

test('those are found that select labels, in their order, as by asking each', () => {
  fc.assert(
    fc.property(fc.array(pairs, { maxLength: 6 }), fc.option(pairs), (selectors, given) => {
      const services = selectors.map((selector, i) => ({
        name: `s${i}`,
        selector: selector.map(([label, wanted]) => [label, foreign(wanted)] as const),
      }));
      const labels = given ? (settle(objectOf(new Map(given))) as JsonObject) : undefined;
      assert.deepEqual(
        createSelections(services)(labels),
        services.filter(({ selector }) => selects(selector, labels)).map((service) => service.name),
      );
    }),
  );
});
