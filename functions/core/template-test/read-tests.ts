import type { JsonObject } from '../../template/json/index.ts';
import type { Diagnostic, Place } from '../diagnostics.ts';
import type { Dialect } from '../render.ts';
import { type Cursor, openTests, TestsFault } from './cursor.ts';
import { type Expectation, readExpectation } from './expectation.ts';

/** Objects that a test does without. */
export interface ObjectSelector {
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** What a test renders. */
export interface TestInputs {
  /** Files and folders of manifests, relative to `tests.yaml`. */
  readonly manifests: readonly string[];
  /** More objects; one that the manifests have, too, is in its place. */
  readonly objects: readonly JsonObject[];
  readonly without: readonly ObjectSelector[];
  /** Entries of ConfigMap `services`: its JSON, or null where the test does without it. */
  readonly services: ReadonlyMap<string, JsonObject | null>;
  readonly params: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
}

export interface TemplateTest extends TestInputs {
  readonly name: string;
  readonly where: Place;
  readonly expectations: readonly Expectation[];
}

export interface TestsFile {
  readonly path: string;
  readonly tests: readonly TemplateTest[];
  /** Where there is any, nothing of the file is run. */
  readonly problems: readonly Diagnostic[];
}

const INPUTS = ['manifests', 'objects', 'without', 'services', 'params', 'env', 'dialect'];
/** The folder above: where the template is, beside its folder of tests. */
const DEFAULTS: TestInputs = {
  manifests: ['..'],
  objects: [],
  without: [],
  services: new Map(),
  params: {},
  env: {},
};

type Members = ReadonlyMap<string, Cursor>;

function readSelector(cursor: Cursor): ObjectSelector {
  const members = cursor.members(['kind', 'namespace', 'name']);
  const kind = members.get('kind') ?? cursor.fail('the object lacks its kind');
  const [namespace, name] = [members.get('namespace')?.text(), members.get('name')?.text()];
  return {
    kind: kind.text(),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}

function readServices(cursor: Cursor | undefined): TestInputs['services'] {
  const entries = [...(cursor?.entries() ?? [])];
  return new Map(
    entries.map(([name, entry]) => [name, entry.value === null ? null : entry.object()]),
  );
}

/** Inputs that are written down, on top of those that hold for all tests of the file. */
function readInputs(members: Members, base: TestInputs): TestInputs {
  const dialect = members.get('dialect')?.oneOf(['jinja2', 'python2']) ?? base.dialect;
  const items = (name: string) => members.get(name)?.items() ?? [];
  return {
    manifests: members.get('manifests')?.texts() ?? base.manifests,
    objects: [...base.objects, ...items('objects').map((item) => item.object())],
    without: [...base.without, ...items('without').map(readSelector)],
    services: new Map([...base.services, ...readServices(members.get('services'))]),
    params: { ...base.params, ...members.get('params')?.record() },
    env: { ...base.env, ...members.get('env')?.record() },
    ...(dialect !== undefined && { dialect }),
  };
}

/** Reads parts of the file; what is wrong with each is told. */
class Reader {
  readonly problems: Diagnostic[] = [];

  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof TestsFault)) throw error;
      this.problems.push(error.diagnostic);
      return undefined;
    }
  }

  each<T>(cursors: readonly Cursor[], read: (cursor: Cursor) => T): readonly T[] {
    return cursors.flatMap((cursor) => this.attempt(() => read(cursor)) ?? []);
  }
}

function readTest(reader: Reader, cursor: Cursor, base: TestInputs): TemplateTest {
  const members = cursor.members(['name', 'expect', ...INPUTS]);
  const name = members.get('name') ?? cursor.fail('the test has no name');
  const expect = members.get('expect') ?? cursor.fail('the test expects nothing');
  const expectations = reader.each(expect.items(), readExpectation);
  return { name: name.text(), where: name.where, ...readInputs(members, base), expectations };
}

/** Reads a file `tests.yaml`; everything that is wrong with it is told at once. */
export function readTests(file: { readonly path: string; readonly text: string }): TestsFile {
  const { path } = file;
  const reader = new Reader();
  const tests = reader.attempt(() => {
    const root = openTests(file);
    const members = root.members(['tests', ...INPUTS]);
    const list =
      members.get('tests') ?? root.fail('there is no list of tests', 'Write tests: [...].');
    const base = reader.attempt(() => readInputs(members, DEFAULTS)) ?? DEFAULTS;
    return reader.each(list.items(), (test) => readTest(reader, test, base));
  });
  return { path, tests: tests ?? [], problems: reader.problems };
}
