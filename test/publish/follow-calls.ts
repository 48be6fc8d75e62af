import { setImmediate as turn } from 'node:timers/promises';

/**
 * An object whose calls are followed: `settled` waits until none is under way, nor begun by what came of another. Whoever
 * stops a publisher does not cut what it is writing.
 */
export function followCalls<Followed extends object>(followed: Followed) {
  const underWay = new Set<Promise<unknown>>();
  const follow = (result: unknown): unknown => {
    if (!(result instanceof Promise)) return result;
    underWay.add(result);
    const forget = () => underWay.delete(result);
    result.then(forget, forget);
    return result;
  };
  const object = new Proxy(followed, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => follow(Reflect.apply(member, target, given));
    },
  });
  async function settled(): Promise<void> {
    do {
      await Promise.allSettled(underWay);
      await turn();
    } while (underWay.size > 0);
  }
  return { object, settled };
}
