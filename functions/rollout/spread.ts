import { logGamma } from './incomplete-beta.ts';

/** Of so many proxies so many do worse. */
export interface Affected {
  readonly worse: number;
  readonly proxies: number;
}

/** How likely chance alone may have put those that do worse among the candidate's proxies, at the first look. */
const CHANCE = 0.01;

const logChoose = (n: number, k: number): number =>
  logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/**
 * How likely at least so many of those that do worse are among the candidate's, where the candidate has no part in it:
 * the upper tail of the hypergeometric distribution, which is Fisher's exact test.
 */
export function chanceOf(candidate: Affected, others: Affected): number {
  const all = candidate.proxies + others.proxies;
  const worse = candidate.worse + others.worse;
  const whole = logChoose(all, candidate.proxies);
  const most = Math.min(worse, candidate.proxies);
  let chance = 0;
  for (let k = candidate.worse; k <= most; k++) {
    if (candidate.proxies - k > all - worse) continue;
    chance += Math.exp(logChoose(worse, k) + logChoose(all - worse, candidate.proxies - k) - whole);
  }
  return Math.min(1, chance);
}

/**
 * Whether what is bad is spread over the candidate's proxies as by the candidate: requests of one proxy share its fate,
 * so that thousands of failures on one node are one observation, not thousands. Where there are too few proxies to tell
 * by chance, half of the candidate's are to do worse, and hardly any of the others; where there are no others, a quarter,
 * and more than one of three. Whoever has looked often is to see it more clearly, as far as so many proxies can show it.
 */
export function isSpread(candidate: Affected, others: Affected, looks = 1): boolean {
  const { worse, proxies } = candidate;
  if (worse === 0) return false;
  if (others.proxies === 0) return worse * 4 >= proxies && (worse > 1 || proxies < 3);
  const clearest = Math.exp(-logChoose(proxies + others.proxies, proxies));
  const chance = Math.max(clearest * (1 + 1e-6), CHANCE / looks);
  if (clearest <= CHANCE) return chanceOf(candidate, others) <= chance;
  return worse * 2 >= proxies && others.worse * 10 <= others.proxies;
}
