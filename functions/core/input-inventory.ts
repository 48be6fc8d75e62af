import type { Items } from '../template/values/inputs/index-of-field.ts';
import type { Diagnostic } from './diagnostics.ts';
import { FeedObjects } from './inputs/feed-objects.ts';
import type { FeedStates, Input } from './inputs/input.ts';
import { isSecretFeed, withoutKeys } from './inputs/secret.ts';
import { INPUTS_KEY, type ReadInputs, readInputs } from './inputs/read-inputs.ts';
import { materialise } from './materialise.ts';
import type { Change } from './objects.ts';

/** What `inputs.yaml` gives templates. */
export interface InputView {
  readonly inputs: ReadonlyMap<string, Items>;
  readonly inputFault?: Diagnostic;
}

const decoder = new TextDecoder();
/** Whoever it came from: templates never see what is in a Secret. */
const bytesOf = ({ kind, json }: Change & { readonly type: 'put' }): Uint8Array =>
  isSecretFeed(kind) ? withoutKeys(json) : json;

const NOTHING: ReadInputs = { inputs: [], diagnostics: [] };

/** Why an input is not there. */
function unreadFault({ name, feed }: Input, isAbsent: boolean, object: string): Diagnostic {
  const { apiVersion, kind } = feed;
  const where = { object, key: INPUTS_KEY };
  if (isAbsent)
    return {
      severity: 'error',
      code: 'input-kind',
      message: `input ${name} names a kind that does not exist: the API has no ${kind} of ${apiVersion}`,
      hint: `Install what provides the kind, or correct the name (kubectl api-resources lists all); with "optional: true" the input is empty until the kind exists.`,
      where,
    };
  return {
    severity: 'error',
    code: 'input-unread',
    message: `input ${name} has not been read yet: ${kind} of ${apiVersion}`,
    hint: 'See what /status says of its source.',
    where,
  };
}

const same = (a: ReadonlyMap<string, Items>, b: ReadonlyMap<string, Items>): boolean =>
  a.size === b.size && [...b].every(([name, list]) => a.get(name) === list);

/** Keeps the objects of all feeds, whichever of them the inputs of now are. */
export class InputInventory {
  private readonly object: string;
  private readonly feeds = new Map<string, FeedObjects>();
  private states: FeedStates = {};
  private held: readonly string[] = [];
  private text: string | undefined;
  private read = NOTHING;
  private last: ReadonlyMap<string, Items> = new Map();

  /** @param namespace of the configuration */
  constructor(namespace: string) {
    this.object = `configmaps/${namespace}/config`;
  }

  /** Takes the data of ConfigMap `config`. */
  configure(config: Readonly<Record<string, string>> | undefined): void {
    const text = config && Object.hasOwn(config, INPUTS_KEY) ? config[INPUTS_KEY] : undefined;
    if (text === this.text) return;
    this.text = text;
    this.read = text === undefined ? NOTHING : readInputs({ object: this.object, text });
  }

  /** Takes a change of an object of a feed. */
  take(change: Change): void {
    const feed = this.feeds.get(change.kind) ?? new FeedObjects();
    const object =
      change.type === 'put' ? (materialise(decoder.decode(bytesOf(change))) as object) : undefined;
    feed.put(change, object);
    if (feed.isEmpty()) this.feeds.delete(change.kind);
    else this.feeds.set(change.kind, feed);
  }

  /** What is known of the feeds. */
  note(states: FeedStates): void {
    this.states = states;
  }

  /** Takes the feeds whose objects the intent has. */
  hold(feeds: readonly string[]): void {
    this.held = feeds;
  }

  private missing(): Diagnostic | undefined {
    // What a revision has of them will do, where they cannot be read now.
    const stateOf = ({ feed: { id } }: Input) =>
      this.states[id] ?? (this.held.includes(id) ? 'read' : undefined);
    const input = this.read.inputs.find((one) => {
      const state = stateOf(one);
      return state === undefined || (state === 'absent' && !one.isOptional);
    });
    return input && unreadFault(input, stateOf(input) === 'absent', this.object);
  }

  view(): InputView {
    const { inputs, diagnostics } = this.read;
    const fault = diagnostics[0] ?? this.missing();
    const lists = new Map(
      inputs.map(({ name, feed }) => [name, (this.feeds.get(feed.id) ?? NO_OBJECTS).list()]),
    );
    if (!same(this.last, lists)) this.last = lists;
    return { inputs: this.last, ...(fault && { inputFault: fault }) };
  }
}

const NO_OBJECTS = new FeedObjects();
