import type { Diagnostic } from '../core/diagnostics.ts';
import type { RenderSettings } from '../core/render.ts';
import type { RenderedOnce, RenderOnce } from './publication.ts';
import { RendererGone, type RendererLimits, startRenderer } from '../renderer/process.ts';
import { CONFIG_PATH } from '../wire/bundle.ts';

const ORIGIN = 'the body of the request';

function gone({ code, message, hint }: RendererGone): RenderedOnce {
  const where = { object: ORIGIN };
  const diagnostic: Diagnostic = { severity: 'error', code, message, hint, where };
  return { kind: 'refused', diagnostics: [diagnostic] };
}

/**
 * Renders what a request brings in a process of its own: whatever its template does, what is being served does not
 * notice.
 */
export function createRenderOnce(settings: RenderSettings, limits: RendererLimits): RenderOnce {
  return async ({ body, variant, signal }) => {
    const renderer = startRenderer(settings, limits);
    const end = (): void => renderer.kill();
    signal.addEventListener('abort', end, { once: true });
    try {
      const result = await renderer.once([{ origin: ORIGIN, text: body }], variant);
      if (result.kind === 'refused') return result;
      const { bundle, diagnostics } = result;
      const config = bundle.files.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
      return { kind: 'rendered', etag: bundle.etag, config, diagnostics };
    } catch (error) {
      if (error instanceof RendererGone) return gone(error);
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  };
}
