/**
 * What `keys()`, `values()` and `items()` of a dict give in Python 3. It prints and compares as there; what Python 3
 * refuses to do with it, such as `view[0]`, it does as the list that it is in Python 2.
 */
export abstract class DictView extends Array<unknown> {
  abstract readonly typeName: string;
  abstract readonly reverseLabel: string;

  // Array methods would otherwise build views.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** A view that is a set: it equals another with the same members, whatever their order. */
export abstract class SetView extends DictView {}

class KeysView extends SetView {
  get typeName(): string {
    return 'dict_keys';
  }
  get reverseLabel(): string {
    return 'dict_reversekeyiterator';
  }
}

export class ItemsView extends SetView {
  get typeName(): string {
    return 'dict_items';
  }
  get reverseLabel(): string {
    return 'dict_reverseitemiterator';
  }
}

class ValuesView extends DictView {
  get typeName(): string {
    return 'dict_values';
  }
  get reverseLabel(): string {
    return 'dict_reversevalueiterator';
  }
}

/** Makes a list a view; copying the items of every `for k, v in d.items()` would cost more than the loop. */
const viewMaker =
  (kind: { readonly prototype: DictView }) =>
  (items: unknown[]): DictView =>
    Object.setPrototypeOf(items, kind.prototype) as DictView;

export const keysView = viewMaker(KeysView);
export const valuesView = viewMaker(ValuesView);
export const itemsView = viewMaker(ItemsView);
