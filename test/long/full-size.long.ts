/** All cases of what `npm test` runs a part of. */
process.env.FULL_SIZE = 'yes';

await import('../core/structure-check.test.ts');
await import('../core/tls-certificates.test.ts');
await import('../core/unsafe-values-fuzz.test.ts');
await import('../docs/readme.test.ts');
await import('../kubernetes/replicas.test.ts');
await import('../plan/reuse.test.ts');
await import('../reloader/health.test.ts');
await import('../runtime/contract.test.ts');
await import('../template/escapes.test.ts');
await import('../template/foreign.test.ts');
await import('../template/fuzz-parser.test.ts');
await import('../template/inputs.test.ts');
await import('../template/json.test.ts');
await import('../template/reuse.test.ts');
await import('../template/trace.test.ts');
