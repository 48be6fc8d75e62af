import { compareVersions } from '../wire/as-of.ts';
import { ApiError } from './api-error.ts';

/** After so many silent watches in a row everything is listed again: something on the way may keep events back. */
const MOST_SILENCES = 2;

/**
 * Whether the version that a watch goes on from may be one of the future.
 *
 * A server whose versions went back (an etcd restore) sends nothing at all to such a watch, not even bookmarks. But
 * neither does one where nothing happens. So after a silence, and after the server was away, it is asked.
 */
export class Doubt {
  #isUnsure = false;
  /** Watches in a row that fell silent. */
  #silences = 0;

  noteAway(): void {
    this.#isUnsure = true;
  }

  noteEvent(): void {
    this.#silences = 0;
  }

  /** Tells whether everything is to be listed again. */
  noteSilence(): boolean {
    this.#isUnsure = true;
    this.#silences = (this.#silences + 1) % MOST_SILENCES;
    return this.#silences === 0;
  }

  /**
   * Asks at which version the server is, where that is in doubt.
   *
   * @throws ApiError; `kubernetes-rewound` where that is before the version that is known
   */
  async resolve(known: string, askVersion: () => Promise<string>): Promise<void> {
    if (!this.#isUnsure) return;
    const at = await askVersion();
    this.#isUnsure = false;
    if (compareVersions(at, known) < 0)
      throw new ApiError('kubernetes-rewound', `the server is at version ${at}, before ${known}`);
  }
}
