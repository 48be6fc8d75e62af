import { Fragment } from '../fragment.ts';
import { Float } from '../values/classes/float.ts';
import { Inputs } from '../values/inputs/inputs.ts';
import { type Lookup, LookupRecord, noteLookup } from '../values/inputs/lookups.ts';
import { Markup } from '../values/classes/markup.ts';
import { countRemarks, noteRemark, type Remark, remarksSince } from '../values/remarks.ts';
import { Tuple } from '../values/classes/tuple.ts';
import { Undefined } from '../values/classes/undefined.ts';
import type { Context } from './context.ts';
import { Macro } from './macro.ts';
import { TemplateModule } from './references.ts';

/** The text of one round of a loop, what it depends on beside the item (values, and what it looked up), and its remarks. */
class Kept extends Fragment {
  readonly values: readonly unknown[];
  readonly lookups: readonly Lookup[];
  private readonly remarks: readonly Remark[];

  constructor(text: string, { values, lookups, remarks }: RoundParts) {
    super(text);
    this.values = values;
    this.lookups = lookups;
    this.remarks = remarks;
  }

  /** The round is used again: what it remarked holds still. */
  repeatRemarks(): void {
    for (const remark of this.remarks) noteRemark(remark);
  }

  /** Whether all that it looked up is as it was. */
  holdsIn(inputs: Inputs | undefined): boolean {
    const { lookups } = this;
    if (lookups.length === 0) return true;
    if (inputs === undefined) return false;
    for (const lookup of lookups) if (!lookup.isSame(inputs)) return false;
    for (const lookup of lookups) noteLookup(lookup);
    return true;
  }
}

interface RoundParts {
  readonly values: readonly unknown[];
  readonly lookups: readonly Lookup[];
  readonly remarks: readonly Remark[];
}

/** A round that looks up more is rendered anew each time: to ask would cost as much. */
const MOST_LOOKUPS = 1000;
const NO_LOOKUPS: readonly Lookup[] = [];

/** The rounds kept of one loop. */
class Site {
  private common: readonly unknown[] | undefined;
  private rounds = new WeakMap<object, Kept>();
  private inputs: Inputs | undefined;
  private record: LookupRecord | undefined;
  /** How many remarks there were before the round. */
  private remarked = 0;

  /** Forgets the rounds unless what all of them depend on is the same as before. */
  begin({ parts: common, inputs }: Parts): void {
    const { common: before } = this;
    this.inputs = inputs;
    const isSame =
      before?.length === common.length && before.every((value, i) => Object.is(value, common[i]));
    if (!isSame) this.rounds = new WeakMap();
    this.common = common;
  }

  find(item: unknown): Kept | undefined {
    const kept = this.rounds.get(item as object);
    return kept?.holdsIn(this.inputs) ? kept : undefined;
  }

  /** A round begins that is not used again: what it looks up is noted. */
  open(): void {
    this.remarked = countRemarks();
    if (this.inputs !== undefined) this.record = new LookupRecord();
  }

  /** Keeps the round where that may be. */
  store(item: unknown, values: readonly unknown[], text: string): Fragment {
    const lookups = this.record?.end() ?? NO_LOOKUPS;
    const kept = new Kept(text, { values, lookups, remarks: remarksSince(this.remarked) });
    const isSmall = lookups.length <= MOST_LOOKUPS;
    if (isSmall && isFixed(item) && values.every(isUnchanging)) this.rounds.set(item, kept);
    return kept;
  }
}

/** Whether an object can never change: the snapshot's objects are frozen deeply. */
const isFixed = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.isFrozen(value);

const isUnchanging = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || Object.isFrozen(value);

const FLOAT = Symbol('float');
const MARKUP = Symbol('markup');
const UNDEFINED = Symbol('undefined');
const MACRO = Symbol('macro');
const INPUTS = Symbol('inputs');
const TUPLE = Symbol('tuple');

/** What makes values the same in two renders, as parts that are compared by identity. */
class Parts {
  readonly parts: unknown[] = [];
  /** What rounds look up is theirs alone: the inputs as such are the same in all renders. */
  inputs: Inputs | undefined;
  private readonly macros: Macro[] = [];
  private readonly pure: ReadonlySet<unknown>;

  constructor(pure: ReadonlySet<unknown>) {
    this.pure = pure;
  }

  /** Adds a value; false where it may change, or may not be told from another. */
  add(value: unknown): boolean {
    if (value instanceof Inputs) {
      this.inputs = value;
      this.parts.push(INPUTS);
    } else if (isUnchanging(value) || this.pure.has(value)) this.parts.push(value);
    else if (value instanceof Float) this.parts.push(FLOAT, value.value);
    else if (value instanceof Markup) this.parts.push(MARKUP, value.text);
    else if (value instanceof Undefined) this.parts.push(UNDEFINED, value.message);
    else if (value instanceof Tuple) return this.addTuple(value);
    else if (value instanceof Macro) return this.addMacro(value);
    else if (value instanceof TemplateModule) return this.addModule(value);
    else return false;
    return true;
  }

  /** A tuple never changes, but what is in it may. */
  private addTuple(tuple: Tuple): boolean {
    this.parts.push(TUPLE, tuple.length);
    return tuple.every((value) => this.add(value));
  }

  private addMacro(macro: Macro): boolean {
    const seen = this.macros.indexOf(macro);
    if (seen !== -1) {
      this.parts.push(MACRO, seen);
      return true;
    }
    const free = macro.free?.();
    if (free === undefined) return false;
    this.macros.push(macro);
    this.parts.push(MACRO, macro.shape, free.length);
    return free.every((value) => this.add(value));
  }

  private addModule(module: TemplateModule): boolean {
    this.parts.push(module.template, module.text, module.exported.size);
    return [...module.exported].every(([name, value]) => this.add(name) && this.add(value));
  }
}

/**
 * What renders of one template keep for the next: the text of rounds of top-level loops. Give the same one to each
 * render; it never shows in the output. It keeps something only for what is frozen, and holds no item that is otherwise
 * forgotten.
 */
export class RenderMemo {
  private readonly sites = new WeakMap<object, Map<number, Site>>();

  private site(template: object, index: number): Site {
    let sites = this.sites.get(template);
    if (sites === undefined) {
      sites = new Map();
      this.sites.set(template, sites);
    }
    let site = sites.get(index);
    if (site === undefined) {
      site = new Site();
      sites.set(index, site);
    }
    return site;
  }

  /** The rounds of a loop that may be used again in a render; undefined where none may. */
  begin(context: Context, place: MemoPlace): Site | undefined {
    const parts = new Parts(context.state.pure);
    if (!place.common.every((value) => parts.add(value))) return undefined;
    const site = this.site(place.template, place.index);
    site.begin(parts);
    return site;
  }
}

interface MemoPlace {
  readonly template: object;
  readonly index: number;
  readonly common: readonly unknown[];
}

/** The operations of reuse, as compiled templates name them. */
export const MEMO_OPERATIONS = {
  memoSite: (context: Context, template: object, index: number, common: readonly unknown[]) =>
    context.state.memo?.begin(context, { template, index, common }),
  memoReuse: (kept: Kept) => kept.repeatRemarks(),
  /** The first of a round's targets that can be a key. */
  memoKey: (targets: readonly unknown[]) => targets.find(isFixed),
};
