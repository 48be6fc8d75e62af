import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../core/diagnostics.ts';
import { type Manifests, readManifests } from '../../core/manifests.ts';
import { renderRead } from '../../core/offline.ts';
import {
  createRenderEngine,
  type RenderEngine,
  type RenderSettings,
  type RenderVariant,
} from '../../core/render.ts';
import { adaptManifests } from '../../core/template-test/adapt.ts';
import { type HaproxyCheck, judgeTest } from '../../core/template-test/judge.ts';
import { readTests, type TemplateTest } from '../../core/template-test/read-tests.ts';
import { scan } from '../../folder/scan.ts';
import type { Checker } from '../../intent/check.ts';
import type { FileResult, TestResult } from './result.ts';

export interface RunOptions {
  readonly settings: RenderSettings;
  readonly variant: Pick<RenderVariant, 'sslDir' | 'filesDir'>;
  readonly checker: Checker;
  /** Milliseconds, of a clock that only goes forward. */
  readonly now: () => number;
}

/** What tests of a file have in common. */
interface Run extends RunOptions {
  readonly folder: string;
  readonly read: ManifestCache;
  readonly engineOf: (settings: RenderSettings) => RenderEngine;
}

/** Manifests by the path that they lie at: tests share most of them. */
class ManifestCache {
  private readonly known = new Map<string, Promise<Manifests>>();

  private one(path: string): Promise<Manifests> {
    const known = this.known.get(path);
    if (known !== undefined) return known;
    const read = readFile(path, 'utf8').then((text) => readManifests(text, path));
    this.known.set(path, read);
    return read;
  }

  /** @throws the file system's error */
  async at(path: string): Promise<readonly Manifests[]> {
    const found = await scan(path);
    return Promise.all(found.map((file) => this.one(file.path)));
  }
}

/** An engine for all tests of the same settings: most of them are of the same templates. */
function createEngines(): Run['engineOf'] {
  const engines = new Map<string, RenderEngine>();
  return (settings) => {
    const key = JSON.stringify(settings);
    const engine = engines.get(key) ?? createRenderEngine(settings);
    engines.set(key, engine);
    return engine;
  };
}

async function ask({ checker }: Run, ...laid: Parameters<Checker['check']>): Promise<HaproxyCheck> {
  const checked = await checker.check(...laid);
  if (checked.kind === 'fine') return { outcome: 'passes', output: '' };
  if (checked.kind === 'unjudged') return { outcome: 'unknown', output: checked.reason };
  const lines = checked.alerts.map(({ file, line, message }) =>
    file === undefined ? message : `${file}:${line}: ${message}`,
  );
  return { outcome: 'fails', output: lines.join('\n') };
}

/** Contents of the files that delivered ones shall be equal to. */
async function readExpected(folder: string, { expectations }: TemplateTest) {
  const files = new Map<string, string | undefined>();
  for (const expected of expectations) {
    if (expected.kind !== 'file' || expected.equals === undefined) continue;
    const path = join(folder, expected.equals);
    files.set(expected.equals, await readFile(path, 'utf8').catch(() => undefined));
  }
  return files;
}

async function judge(run: Run, test: TemplateTest): Promise<readonly Diagnostic[]> {
  const { folder, read, variant, checker } = run;
  const lists = await Promise.all(test.manifests.map((path) => read.at(join(folder, path))));
  const { env, params, dialect = run.settings.dialect } = test;
  const settings = { ...run.settings, env, dialect };
  const { namespace } = settings;
  const manifests = adaptManifests(lists.flat(), { test, namespace });
  const engine = run.engineOf(settings);
  const render = (dirs: Run['variant']) =>
    renderRead(manifests, {
      settings,
      variant: { ...dirs, params },
      ignoreSnapshotVariant: true,
      engine,
    });
  const isChecked = test.expectations.some(({ kind }) => kind === 'check');
  const laid = isChecked ? render(checker) : undefined;
  const check = laid?.kind === 'rendered' ? await ask(run, laid.bundle, env) : undefined;
  const files = await readExpected(folder, test);
  return judgeTest(test, { result: render(variant), files, ...(check && { check }) });
}

async function runTest(run: Run, test: TemplateTest): Promise<TestResult> {
  const { name, where } = test;
  const begun = run.now();
  let failures: readonly Diagnostic[];
  try {
    failures = await judge(run, test);
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (code === undefined || path === undefined) throw error;
    const hint = 'Paths of manifests are relative to this file.';
    failures = [{ severity: 'error', code: 'manifest-missing', message, hint, where }];
  }
  return { name, line: where.line ?? 1, durationMs: run.now() - begun, failures };
}

/** Runs the tests of a file, one after the other; none of them where the file is not in order. */
export async function runFile(path: string, options: RunOptions): Promise<FileResult> {
  const { tests, problems } = readTests({ path, text: await readFile(path, 'utf8') });
  if (problems.length > 0) return { path, problems, tests: [] };
  const run = {
    ...options,
    folder: dirname(path),
    read: new ManifestCache(),
    engineOf: createEngines(),
  };
  const results: TestResult[] = [];
  for (const test of tests) results.push(await runTest(run, test));
  return { path, problems, tests: results };
}
