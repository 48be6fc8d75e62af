import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Diagnostic, sortDiagnostics } from '../../functions/core/diagnostics.ts';

const of = (code: string, key: string): Diagnostic => ({
  ...{ severity: 'error', code, message: code, hint: 'Mend it.' },
  where: { object: 'configmaps/lb/services', key },
});

test('a namespace that is no name is told once, and not as one that may not be read', () => {
  const unread = of('service-pods-unread', 'other');
  const nameless = of('service-namespace-name', 'web');
  const all = [nameless, unread, of('service-pods-unread', 'web'), nameless];
  assert.deepEqual(sortDiagnostics(all), [unread, nameless]);
});
