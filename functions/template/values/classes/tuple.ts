/** A Python tuple. Built with `Tuple.make`, and never changed. */
export class Tuple extends Array<unknown> {
  // Array methods would otherwise build tuples, and `new Tuple(3)` three holes.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static make(...items: unknown[]): Tuple {
    return Tuple.wrap(items);
  }

  /** A tuple of the items of an array. */
  static wrap(items: readonly unknown[]): Tuple {
    const tuple = new Tuple();
    for (let i = 0; i < items.length; i++) tuple.push(items[i]);
    return tuple;
  }
}

/** The tuple that `groupby` gives: its items have names too. */
export class GroupTuple extends Tuple {
  static group(grouper: unknown, list: unknown[]): GroupTuple {
    const tuple = new GroupTuple();
    tuple.push(grouper, list);
    return tuple;
  }
}
