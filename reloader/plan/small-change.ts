/** Beyond these, of a map or list and in all, a new version is as cheap. */
const MAX_SHARE = 0.1;
const MAX_ENTRIES = 1_000;

/** Whether so many entries are few enough, of those that there will be, to be changed one by one at their place. */
export const isSmallChange = (count: number, total: number): boolean =>
  count <= Math.min(MAX_ENTRIES, total * MAX_SHARE);

/** Whether a command can name an entry: a `#` begins a reference instead. */
export const isNameable = (entry: string): boolean => !entry.startsWith('#');
