import { prefersHtml } from './accept.ts';
import type { HttpFunction } from './exchange.ts';

/** People get a page, programs what they always got: by Accept, or because the query says in which form. */
export function byAccept(page: HttpFunction, data: HttpFunction): HttpFunction {
  return (facts, later) => {
    const isForPeople =
      prefersHtml(facts.headers.accept) && !new URLSearchParams(facts.search).has('format');
    return (isForPeople ? page : data)(facts, later);
  };
}
