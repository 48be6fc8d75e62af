/**
 * Compile and render time of this engine, stock nunjucks, Python's Jinja2 and minijinja-js, from one run: the engines
 * take turns, so that whatever else the machine does meets all of them, and the medians of warm rounds are compared.
 *
 * `npm run bench:template`; Python's Jinja2 is Debian's python3-jinja2.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Environment as Minijinja } from 'minijinja-js';
import nunjucks from 'nunjucks';
import { parse } from 'yaml';
import { compile, RenderMemo } from '../../functions/template/index.ts';
import { quantile, type Section } from './section.ts';
import {
  changeOne,
  type Fleet,
  MINIJINJA_SPELLING,
  makeFleet,
  NUNJUCKS_SPELLING,
  PYTHON_SPELLING,
  plainTemplate,
} from './template-data.ts';

const ENGINES = ['ours', 'nunjucks', 'jinja2', 'minijinja'] as const;
type Engine = (typeof ENGINES)[number];
type Timings = Map<Engine, number[]>;

/** One action of each engine that takes part, giving its milliseconds. */
type Turns = Partial<Record<Engine, (round: number) => number | Promise<number>>>;

const root = new URL('../../../', import.meta.url);

/** Python's Jinja2 in a process of its own, which measures itself. */
class Python {
  private readonly child = spawn('/usr/bin/python3', [
    fileURLToPath(new URL('test/bench/time-jinja2.py', root)),
  ]);
  private readonly lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();

  private async ask(command: unknown): Promise<{ output?: string; ms?: number }> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    return JSON.parse((await this.lines.next()).value);
  }

  async load(name: string, template: string, context: unknown): Promise<string> {
    return (await this.ask({ load: name, template, context })).output ?? '';
  }

  async time(action: 'compile' | 'render', name: string): Promise<number> {
    return (await this.ask({ [action]: name })).ms ?? Number.NaN;
  }

  close(): void {
    this.child.stdin.end();
  }
}

const time = (action: () => unknown): number => {
  const start = performance.now();
  action();
  return performance.now() - start;
};

/** The engines in turn, round after round; the first third of the rounds only warms. */
async function measure(rounds: number, turns: Turns): Promise<Timings> {
  const timings: Timings = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const engine of ENGINES) {
      const turn = turns[engine];
      if (turn === undefined) continue;
      const ms = await turn(round);
      if (round >= rounds / 3) timings.set(engine, [...(timings.get(engine) ?? []), ms]);
    }
  }
  return timings;
}

function row(name: string, timings: Timings): readonly string[] {
  const medians = new Map([...timings].map(([engine, values]) => [engine, quantile(values, 0.5)]));
  const own = medians.get('ours') ?? Number.NaN;
  const cells = ENGINES.map((engine) => {
    const ms = medians.get(engine);
    if (ms === undefined) return '–';
    const ratio = engine === 'ours' ? '' : ` (${(ms / own).toFixed(1)}×)`;
    return `${ms.toFixed(ms < 1 ? 3 : 1)}${ratio}`;
  });
  return [name, ...cells];
}

const roundsFor = (pods: number): number => (pods > 1000 ? 24 : pods > 10 ? 60 : 300);

async function plainRows(python: Python): Promise<Array<readonly string[]>> {
  const rows: Array<readonly string[]> = [];
  const source = plainTemplate(PYTHON_SPELLING);
  for (const [pods, services] of [
    [10, 1],
    [1000, 100],
    [10_000, 1000],
  ] as const) {
    const fleet = makeFleet(pods, services);
    const ours = compile(source);
    const stock = nunjucks.compile(
      plainTemplate(NUNJUCKS_SPELLING),
      new nunjucks.Environment(null, { autoescape: false }),
    );
    const mini = new Minijinja();
    mini.addTemplate('plain', plainTemplate(MINIJINJA_SPELLING));
    const expected = await python.load('plain', source, fleet);
    assert.equal(ours.render({ ...fleet }), expected);
    // nunjucks keeps the last line break of a template, which Jinja2 drops.
    assert.equal(stock.render(fleet), `${expected}\n`);
    assert.equal(mini.renderTemplate('plain', fleet), expected);
    rows.push(
      row(
        `render, ${pods} pods, ${services} services`,
        await measure(roundsFor(pods), {
          ours: () => time(() => ours.render({ ...fleet })),
          nunjucks: () => time(() => stock.render(fleet)),
          jinja2: () => python.time('render', 'plain'),
          minijinja: () => time(() => mini.renderTemplate('plain', fleet)),
        }),
      ),
    );
  }
  return rows;
}

/** Renders of fleets that differ in one service each time, in whole and with what earlier renders kept. */
async function changedRow(
  name: string,
  template: string,
  python: Python,
): Promise<readonly string[]> {
  const rounds = 45;
  const fleets: Fleet[] = [makeFleet(10_000, 1000)];
  for (let i = 0; i < rounds; i++) fleets.push(changeOne(fleets[i] as Fleet, i));
  const ours = compile(template);
  const memo = new RenderMemo();
  ours.render({ ...(fleets[0] as Fleet) }, { memo });
  await python.load(name, template, fleets[0]);
  const timings = await measure(rounds, {
    ours: (round) => time(() => ours.render({ ...(fleets[round + 1] as Fleet) }, { memo })),
    jinja2: () => python.time('render', name),
  });
  const last = fleets[rounds] as Fleet;
  assert.equal(ours.render({ ...last }, { memo }), await python.load(name, template, last));
  return row(`${name}, 10000 pods, 1 service of 1000 changed`, timings);
}

async function exampleRow(
  name: string,
  template: string,
  python: Python,
): Promise<readonly string[]> {
  const fleet = makeFleet(10_000, 1000);
  const ours = compile(template);
  assert.equal(ours.render({ ...fleet }), await python.load(name, template, fleet));
  const timings = await measure(18, {
    ours: () => time(() => ours.render({ ...fleet })),
    jinja2: () => python.time('render', name),
  });
  return row(`${name}, 10000 pods, 1000 services`, timings);
}

async function compileRow(python: Python): Promise<readonly string[]> {
  const source = plainTemplate(PYTHON_SPELLING);
  const environment = new nunjucks.Environment(null, { autoescape: false });
  await python.load('compile', source, makeFleet(10, 1));
  const timings = await measure(150, {
    ours: () => time(() => compile(source)),
    nunjucks: () =>
      time(() => nunjucks.compile(plainTemplate(NUNJUCKS_SPELLING), environment).render({})),
    jinja2: () => python.time('compile', 'compile'),
    minijinja: () =>
      time(() => new Minijinja().addTemplate('plain', plainTemplate(MINIJINJA_SPELLING))),
  });
  return row('compile', timings);
}

function exampleTemplate(): string {
  const text = readFileSync(new URL('examples/basic/config.yaml', root), 'utf8');
  return (parse(text) as { data: { template: string } }).data.template;
}

/** Render and compile times of all engines, in milliseconds and as multiples of ours. */
export default async function templates(): Promise<Section> {
  const python = new Python();
  const example = exampleTemplate();
  const rows = [
    await compileRow(python),
    ...(await plainRows(python)),
    await changedRow('plain', plainTemplate(PYTHON_SPELLING), python),
    await exampleRow('examples/basic', example, python),
    await changedRow('examples/basic', example, python),
  ];
  python.close();
  return {
    title: 'Templates: milliseconds, and how many times ours',
    note: 'Medians of warm rounds in which the engines take turns, of one run. The plain template says the same in the spelling of each engine; examples/basic only Jinja2 understands.',
    head: ['what', 'this engine', 'nunjucks 3.2.4', "Python's Jinja2", 'minijinja-js'],
    rows,
  };
}
