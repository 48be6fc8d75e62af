import { readProxies } from '../config/proxy.ts';
import { parseConfiguration } from '../config/sections.ts';
import type { Parsed } from './sections.ts';

/** Reads a configuration. */
export type Reading = (text: string) => Parsed;

/** The last two, since the new release of one plan is the old one of the next. */
const KEPT = 2;

function parse(text: string, previous: Parsed | undefined): Parsed {
  const configuration = parseConfiguration(text, previous);
  const { proxies, obscure } = readProxies(configuration, previous);
  return { ...configuration, obscure: [...configuration.obscure, ...obscure], proxies };
}

/** A reading that remembers: sections that stay are not read again. */
export function createReading(): Reading {
  let known: readonly { readonly text: string; readonly parsed: Parsed }[] = [];
  return (text) => {
    const [latest] = known;
    const parsed = known.find((each) => each.text === text)?.parsed ?? parse(text, latest?.parsed);
    const others = known.filter((each) => each.parsed !== parsed);
    known = [{ text, parsed }, ...others].slice(0, KEPT);
    return parsed;
  };
}
