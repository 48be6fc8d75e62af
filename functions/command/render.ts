import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatDiagnostic } from '../core/diagnostics.ts';
import { type ManifestText, type OfflineResult, renderManifests } from '../core/offline.ts';
import type { RenderSettings, RenderVariant } from '../core/render.ts';
import { scan } from '../folder/scan.ts';
import { type Bundle, CONFIG_PATH } from '../wire/bundle.ts';

export interface RenderCommand {
  /** A folder, a file, or `-` for standard input. */
  readonly from: string;
  readonly settings: RenderSettings;
  readonly variant: RenderVariant;
  /** The binary that is to check the result. */
  readonly check?: string;
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

/** Renders with the paths of a folder of its own, and lets HAProxy check what is there; tells whether it is content. */
function check(command: RenderCommand & { readonly check: string }, render: Renderer): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-haproxy-check-'));
  try {
    for (const name of ['ssl', 'files']) mkdirSync(join(folder, name));
    const result = render({
      ...command.variant,
      sslDir: join(folder, 'ssl'),
      filesDir: join(folder, 'files'),
    });
    if (result.kind === 'refused') return false;
    writeBundle(result.bundle, folder);
    const { status, stderr, error } = spawnSync(
      command.check,
      ['-c', '-f', join(folder, CONFIG_PATH)],
      { encoding: 'utf8', timeout: 60_000 },
    );
    if (error) command.stderr(`${command.check}: ${error.message}\n`);
    else command.stderr(stderr.replaceAll(`${folder}/`, ''));
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Renderer = (variant: RenderVariant) => OfflineResult;

/**
 * `kubernetes-haproxy render`: the configuration on standard output, diagnostics on standard error.
 *
 * @returns the exit code: 0 done, 1 failed
 */
export async function renderCommand(command: RenderCommand): Promise<0 | 1> {
  const { settings, variant, stdout, stderr } = command;
  const texts = await readTexts(command);
  const result = renderManifests({ texts, settings, variant });
  for (const diagnostic of result.diagnostics) stderr(`${formatDiagnostic(diagnostic)}\n`);
  if (result.kind === 'refused') return 1;
  stdout(result.bundle.files.find(({ path }) => path === CONFIG_PATH)?.content ?? '');
  if (command.check === undefined) return 0;
  const isContent = check({ ...command, check: command.check }, (v) =>
    renderManifests({ texts, settings, variant: v, ignoreSeal: true }),
  );
  return isContent ? 0 : 1;
}
