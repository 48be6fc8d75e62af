import type { Fragment } from '../../template/fragment.ts';
import { type Breach, breachIn } from './breach.ts';
import { Characters } from './characters.ts';
import type { Readers } from './file-readers.ts';
import { type Glance, glanceAnywhere, glanceAtConfiguration, glanceAtList } from './glance.ts';
import { readHaproxyLine } from './haproxy-line.ts';
import { isWholeLine, lineOf } from './lines.ts';
import type { LineReader } from './words.ts';

/** The first or the last line of a fragment, of which others may have a part. */
interface End {
  readonly start: number;
  readonly end: number;
  /** What it does that it may not, if it is a line by itself. */
  readonly breach: Breach | undefined;
}

/** What was found out about a fragment with foreign characters: it holds as long as the fragment is there. */
interface Judged {
  readonly readers: Readers;
  /** Its first line and, where it has more, its last: where they have foreign characters. */
  readonly head: End | undefined;
  readonly tail: End | undefined;
  /** What is wrong in the lines between. */
  readonly breaches: readonly Breach[];
}

const isSame = (a: Readers, b: Readers): boolean =>
  a === b || (a.length === b.length && a.every((reader, i) => reader === b[i]));

const moved = ({ offset, deed }: Breach, by: number): Breach => ({ offset: offset + by, deed });

function glanceOf(read: LineReader | undefined): Glance {
  if (read === undefined) return glanceAnywhere;
  return read === readHaproxyLine ? glanceAtConfiguration : glanceAtList;
}

/** A glance for all readers of a line: the first that wants a closer look has it. */
function glanceOfAll(glances: readonly Glance[], text: Characters, start: number): number {
  let end = start;
  for (const glance of glances) {
    end = glance(text, start);
    if (end < 0) break;
  }
  return end;
}

/** Finds what values do to lines beyond being a part of a word; remembers what lines it has seen. */
export class StructureCheck {
  private seen = new Map<string, Breach | undefined>();
  private last = new Map<string, Breach | undefined>();
  private readonly characters = new Characters();

  private read(line: string, read: LineReader | undefined): Breach | undefined {
    const key = `${read?.name ?? ''}\0${line}`;
    const known = this.seen.has(key) ? this.seen.get(key) : this.last.get(key);
    const isKnown = this.seen.has(key) || this.last.has(key);
    const found = isKnown ? known : breachIn(line, read);
    this.seen.set(key, found);
    return found;
  }

  /** The breach of the line of `characters` that starts at a position. */
  private breachAt(start: number, readers: Readers): Breach | undefined {
    for (const read of readers) {
      const end = glanceOf(read)(this.characters, start);
      if (end >= 0) continue;
      const breach = this.read(this.characters.text.slice(start, ~end), read);
      if (breach !== undefined) return breach;
    }
    return undefined;
  }

  private judge({ text }: Fragment, readers: Readers): Judged {
    const glances = readers.map(glanceOf);
    const characters = this.characters.take(text);
    const ends: (End | undefined)[] = [];
    const breaches: Breach[] = [];
    for (let start = 0; start <= text.length; ) {
      const seen = glanceOfAll(glances, characters, start);
      const end = seen < 0 ? ~seen : seen;
      const found = seen < 0 ? this.breachAt(start, readers) : undefined;
      const breach = found && moved(found, start);
      if (start === 0 || end === text.length) {
        ends.push(characters.isForeignIn(start, end) ? { start, end, breach } : undefined);
      } else if (breach !== undefined) breaches.push(breach);
      start = end + 1;
    }
    const [head, tail] = ends;
    return { readers, head, tail, breaches };
  }

  private judged(fragment: Fragment, readers: Readers): Judged {
    const known = fragment.note as Judged | undefined;
    if (known !== undefined && isSame(known.readers, readers)) return known;
    const judged = this.judge(fragment, readers);
    fragment.note = judged;
    return judged;
  }

  /** Forgets the lines that were not seen since the last time. */
  turn(): void {
    this.last = this.seen;
    this.seen = new Map();
  }

  /** The breaches of a file, one a line. */
  find(fragments: readonly Fragment[], readers: Readers): readonly Breach[] {
    const found: Breach[] = [];
    let offset = 0;
    /** Where the last line ends that was put together of several fragments. */
    let done = 0;
    const add = (breach: Breach | undefined, by: number): void => {
      if (breach !== undefined) found.push(moved(breach, by));
    };
    const addEnd = (index: number, { start, end, breach }: End): void => {
      const part = { index, offset, start, end };
      if (offset + start < done) return;
      if (isWholeLine(fragments, part)) {
        add(breach, offset);
        return;
      }
      const { text, offset: at } = lineOf(fragments, part);
      this.characters.take(text);
      add(this.breachAt(0, readers), at);
      done = at + text.length;
    };
    for (let index = 0; index < fragments.length; index++) {
      const fragment = fragments[index] as Fragment;
      if (fragment.isForeign) {
        const { head, tail, breaches } = this.judged(fragment, readers);
        if (head) addEnd(index, head);
        for (const breach of breaches) add(breach, offset);
        if (tail) addEnd(index, tail);
      }
      offset += fragment.text.length;
    }
    return found;
  }
}
