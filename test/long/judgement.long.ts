/** ROUNDS=N node --test dist/test/long/judgement.long.js: what `npm test` judges, over more made-up rollouts. */
process.env.ROUNDS ??= '5';

await import('../rollout/judgement.test.ts');
