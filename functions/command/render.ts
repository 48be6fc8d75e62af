import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatDiagnostic } from '../core/diagnostics.ts';
import { type ManifestText, type OfflineResult, renderManifests } from '../core/offline.ts';
import type { ExplainQuestion } from '../core/origin/explain.ts';
import { formatOrigin } from '../core/origin/origin.ts';
import { formatExplained } from '../core/origin/text.ts';
import type { RenderSettings, RenderVariant } from '../core/render.ts';
import { writeYaml } from '../core/yaml.ts';
import { scan } from '../folder/scan.ts';
import { parseAlerts } from '../wire/alerts.ts';
import { type Bundle, CONFIG_PATH } from '../wire/bundle.ts';
import { NO_LISTENER } from '../wire/no-listener.ts';

export interface RenderCommand {
  /** A folder, a file, or `-` for standard input. */
  readonly from: string;
  readonly settings: RenderSettings;
  readonly variant: RenderVariant;
  /** The binary that is to check the result. */
  readonly check?: string;
  /** Whether to tell of each line where it comes from, and how. */
  readonly explain?: 'table' | 'json';
  /** Whether to print what would be written to the status of objects, in place of the configuration. */
  readonly writeStatus?: boolean;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

async function readTexts({ from, stdin }: RenderCommand): Promise<readonly ManifestText[]> {
  if (from === '-') {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stdin) chunks.push(chunk);
    return [{ origin: 'standard input', text: Buffer.concat(chunks).toString('utf8') }];
  }
  const files = await scan(from);
  return Promise.all(
    files.map(async ({ path }) => ({ origin: path, text: await readFile(path, 'utf8') })),
  );
}

function writeBundle({ files }: Bundle, folder: string): void {
  for (const { path, mode, content } of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { mode });
  }
}

/** Where the lines come from that HAProxy's words are about. */
function explainAlerts(output: string, folder: string, render: Renderer): string {
  const alerts = ['ALERT', 'WARNING'].flatMap((level) => parseAlerts(output, folder, level));
  if (alerts.length === 0) return '';
  const result = render({ alerts });
  const lines = result.kind === 'rendered' ? (result.explained?.delivered ?? []) : [];
  const told = lines.flatMap((line) =>
    line?.origin ? [`${line.path}:${line.line}: from ${formatOrigin(line.origin)}\n`] : [],
  );
  return [...new Set(told)].join('');
}

/** Renders with the paths of a folder of its own, and lets HAProxy check what is there; tells whether it is content. */
function check(
  command: RenderCommand & { readonly check: string },
  renderIn: (variant: RenderVariant) => Renderer,
): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-haproxy-check-'));
  try {
    for (const name of ['ssl', 'files']) mkdirSync(join(folder, name));
    const render = renderIn({
      ...command.variant,
      sslDir: join(folder, 'ssl'),
      filesDir: join(folder, 'files'),
    });
    const result = render();
    if (result.kind === 'refused') return false;
    writeBundle(result.bundle, folder);
    const { status, stderr, error } = spawnSync(
      command.check,
      ['-c', '-f', join(folder, CONFIG_PATH)],
      { encoding: 'utf8', timeout: 60_000 },
    );
    if (error) command.stderr(`${command.check}: ${error.message}\n`);
    else {
      if (status === NO_LISTENER.exitCode) command.stderr(`${NO_LISTENER.reason}\n`);
      command.stderr(stderr.replaceAll(`${folder}/`, ''));
      command.stderr(explainAlerts(stderr, folder, render));
    }
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Renderer = (question?: ExplainQuestion) => OfflineResult;

/** The configuration as it is delivered, or with what each line comes from. */
function shown({ bundle, explained }: Rendered, explain: RenderCommand['explain']): string {
  const { files = [] } = explained ?? {};
  if (explain === 'json') return `${JSON.stringify({ etag: bundle.etag, files }, null, 2)}\n`;
  if (explain === 'table') return formatExplained(files.filter(({ path }) => path === CONFIG_PATH));
  return bundle.files.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
}

type Rendered = OfflineResult & { readonly kind: 'rendered' };

/**
 * `kubernetes-haproxy render`: the configuration on standard output, diagnostics on standard error.
 *
 * @returns the exit code: 0 done, 1 failed
 */
export async function renderCommand(command: RenderCommand): Promise<0 | 1> {
  const { settings, variant, explain, stdout, stderr } = command;
  const texts = await readTexts(command);
  const question = explain && { question: {} };
  const result = renderManifests({
    texts,
    settings,
    variant,
    ...question,
    ...(command.writeStatus && { withStatuses: true }),
  });
  for (const diagnostic of result.diagnostics) stderr(`${formatDiagnostic(diagnostic)}\n`);
  if (result.kind === 'refused') return 1;
  stdout(result.statuses ? writeYaml([result.statuses]) : shown(result, explain));
  if (command.check === undefined) return 0;
  const isContent = check({ ...command, check: command.check }, (checked) => (asked) => {
    const about = asked && { question: asked };
    return renderManifests({
      texts,
      settings,
      variant: checked,
      ignoreSnapshotVariant: true,
      ...about,
    });
  });
  return isContent ? 0 : 1;
}
