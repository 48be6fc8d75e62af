import { type Parsed, readProxies } from '../config/proxy.ts';
import { parseConfiguration } from '../config/sections.ts';

/** Reads a configuration. */
export type Reading = (text: string) => Parsed;

/** The last two, since the new release of one plan is the old one of the next. */
const KEPT = 2;

/** @param previous one that may have most sections in common, which are then not read again */
export function readConfiguration(text: string, previous?: Parsed): Parsed {
  const configuration = parseConfiguration(text, previous);
  const { proxies, obscure } = readProxies(configuration, previous);
  return { ...configuration, obscure: [...configuration.obscure, ...obscure], proxies };
}

/** A reading that remembers: sections that stay are not read again. */
export function createReading(): Reading {
  let known: readonly { readonly text: string; readonly parsed: Parsed }[] = [];
  return (text) => {
    const [latest] = known;
    const parsed =
      known.find((each) => each.text === text)?.parsed ?? readConfiguration(text, latest?.parsed);
    const others = known.filter((each) => each.parsed !== parsed);
    known = [{ text, parsed }, ...others].slice(0, KEPT);
    return parsed;
  };
}
