import type { LineNumber } from '../config/configuration.ts';
import type { Mentions } from '../config/mention.ts';
import type { ProxySection } from '../config/proxy.ts';
import type { Capabilities } from '../haproxy/capabilities.ts';
import type { LoadedFiles } from './addition.ts';

/** A proxy whose servers differ, with what the rest of the configuration says about them. */
export interface ServersChange {
  readonly old: ProxySection;
  readonly new: ProxySection;
  readonly mentions: Mentions;
  readonly loaded: LoadedFiles;
  readonly capabilities: Capabilities;
  readonly lineNumber: LineNumber;
}
