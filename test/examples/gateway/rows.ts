import assert from 'node:assert/strict';
import { literals } from '../tables.ts';
import type { Case, World } from '../world.ts';
import { backends, gateway, type Json, listener, prefix, route } from './objects.ts';

const SERVICES = ['one', 'two', 'three'] as const;
type Row = readonly string[];

const typed = (value: string) =>
  value.startsWith('~') ? { type: 'RegularExpression', value: value.slice(1) } : { value };

/** `PathPrefix /a POST X-A:1 ?q=~2` */
function matchOf(text: string): Json {
  const [type, path, ...more] = text.split(' ');
  const headers = more.flatMap((one) => {
    const [, name, value = ''] = /^([\w-]+):(.*)$/.exec(one) ?? [];
    return name === undefined ? [] : [{ name, ...typed(value) }];
  });
  const queryParams = more.flatMap((one) => {
    const [, name, value = ''] = /^\?(\w+)=(.*)$/.exec(one) ?? [];
    return name === undefined ? [] : [{ name, ...typed(value) }];
  });
  const method = more.find((one) => /^[A-Z]+$/.test(one));
  return { path: { type, value: path }, headers, queryParams, ...(method && { method }) };
}

async function askFor({ ask }: World, host: string, text: string): Promise<string> {
  const [method = '', path = '', ...more] = text.split(' ');
  const headers = Object.fromEntries(more.map((one) => one.split(/:(.*)/s).slice(0, 2)));
  const { status, body } = await ask(host, { method, path, headers });
  return status === 200
    ? ((JSON.parse(body) as { pod: string }).pod.split('-')[0] ?? '')
    : `${status}`;
}

const answerOf = (answer: string, all: readonly string[]): string => {
  if (answer === '404') return answer;
  return SERVICES[all.indexOf(literals(answer)[0] ?? '')] ?? assert.fail(answer);
};

/** Rules in both orders, each at a host of its own. */
export function matchCase([rules = '', requests, answer = '']: Row, i: number): Case {
  const all = literals(rules);
  const made = all.map((text, k) => ({
    matches: [matchOf(text)],
    ...backends(SERVICES[k] ?? assert.fail()),
  }));
  const hosts = [`matches-${i}.test`, `matches-${i}-reverse.test`];
  return {
    objects: [
      route({ name: `matches-${i}`, to: 'web', hosts: hosts.slice(0, 1), rules: made }),
      route({
        name: `matches-${i}-reverse`,
        to: 'web',
        hosts: hosts.slice(1),
        rules: [...made].reverse(),
      }),
    ],
    async check(world) {
      for (const host of hosts)
        for (const request of literals(requests))
          assert.equal(await askFor(world, host, request), answerOf(answer, all), request);
    },
  };
}

/** A listener on port 80 for a domain of its own; one without a hostname, on a port of its own. */
export function hostCase([of = '', routes = '', requests, answer = '']: Row, i: number): Case {
  const own = (text: string) => text.replace('foo.com', `foo-${i}.com`);
  const [hostname = ''] = literals(of);
  const port = hostname === '-' ? 10_000 + i : 80;
  const all = literals(routes);
  const name = `hosts-${i}`;
  const more = { port, ...(hostname === '-' ? {} : { hostname: own(hostname) }) };
  return {
    objects: [
      gateway({ name, listeners: [listener('http', more)] }),
      ...all.map((host, k) =>
        route({
          name: `${name}-${k}`,
          to: name,
          ...(host === '-' ? {} : { hosts: [own(host)] }),
          rules: [backends(SERVICES[k] ?? assert.fail())],
        }),
      ),
    ],
    async check({ ask }) {
      for (const host of literals(requests)) {
        const { status, body } = await ask(own(host), { port: port === 80 ? 8000 : port });
        const pod = status === 200 ? (JSON.parse(body).pod as string).split('-')[0] : `${status}`;
        assert.equal(pod, answerOf(answer, all), host);
      }
    },
  };
}

const replaced = (replacePrefixMatch: string): Json => ({
  type: 'ReplacePrefixMatch',
  replacePrefixMatch,
});

export function pathCase([from, by, requests, becomes]: Row, i: number): Case {
  const [path = '', to = '', asked = '', expected = ''] = [from, by, requests, becomes].map(
    (cell) => literals(cell)[0] ?? '',
  );
  const host = `paths-${i}.test`;
  const rewrite = { type: 'URLRewrite', urlRewrite: { path: replaced(to) } };
  const redirect = { type: 'RequestRedirect', requestRedirect: { path: replaced(to) } };
  return {
    objects: [
      route({
        name: `paths-${i}`,
        to: 'web',
        hosts: [host],
        rules: [
          { matches: [prefix(path)], filters: [rewrite], ...backends('one') },
          { matches: [{ ...prefix(path), method: 'PUT' }], filters: [redirect] },
        ],
      }),
    ],
    async check({ ask }) {
      const { headers } = await ask(host, { path: asked, method: 'PUT' });
      assert.equal(headers.location, `http://${host}${expected}`);
      // No request has a blank in its path.
      if (/ /.test(expected)) return;
      const { body } = await ask(host, { path: asked });
      assert.equal((JSON.parse(body) as { url: string }).url, expected);
    },
  };
}

export function redirectCase([redirect, ...locations]: Row, i: number): Case {
  const host = `redirects-${i}.test`;
  const requestRedirect = JSON.parse(literals(redirect)[0] ?? '') as Json;
  return {
    objects: [
      route({
        name: `redirects-${i}`,
        to: 'web',
        hosts: [host],
        rules: [
          { matches: [prefix('/a')], filters: [{ type: 'RequestRedirect', requestRedirect }] },
        ],
      }),
    ],
    async check({ ask }) {
      for (const [k, port] of [8000, 8080].entries()) {
        const { status, headers } = await ask(host, { path: '/a/b?c=d', port });
        const expected = literals(locations[k])[0]?.replace('HOST', host);
        assert.deepEqual([status, headers.location], [302, expected]);
      }
    },
  };
}
