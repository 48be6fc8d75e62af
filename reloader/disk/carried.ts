import { type BundleFile, CONFIG_PATH } from '../../functions/wire/bundle.ts';

const FOLDER = 'ssl/';
const NAME = /^[A-Za-z0-9._-]/;

type File = Pick<BundleFile, 'path' | 'content'>;

/** Whether these words stand in a text, and not as the beginning of a longer name. */
function isNamed(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1))
    if (!NAME.test(text.slice(at + words.length))) return true;
  return false;
}

export interface CarriedOptions {
  /** Of the new release: all that its bundle brings. */
  readonly files: readonly File[];
  /** The paths of the release that runs. */
  readonly before: readonly string[];
  /** What the configuration's own paths go through. */
  readonly current: string;
}

/**
 * The certificates of the release that runs which a new configuration names and its bundle does not bring: a renderer
 * that has started after they were deleted does not have them. Without them HAProxy would take nothing any more.
 */
export function carriedPaths({ files, before, current }: CarriedOptions): readonly string[] {
  const brought = new Set(files.map(({ path }) => path));
  const gone = before.filter((path) => path.startsWith(FOLDER) && !brought.has(path));
  if (gone.length === 0) return [];
  const texts = files
    .filter(({ path }) => path === CONFIG_PATH || path.startsWith('files/'))
    .map(({ content }) => content);
  const hasNone = !files.some(({ path }) => path.startsWith(FOLDER));
  // A folder is named as it is, or with a slash at its end; with others in it, it need not have these.
  const folder = `${current}/ssl`;
  const isFolderNamed =
    hasNone &&
    texts.some((text) => new RegExp(`${folder.replaceAll('.', '\\.')}/?(?=\\s|$)`).test(text));
  return gone.filter(
    (path) => isFolderNamed || texts.some((text) => isNamed(text, `${current}/${path}`)),
  );
}
