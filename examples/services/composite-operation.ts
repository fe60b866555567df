import { CircuitBreaker, type CircuitBreakerError } from '../../src/circuit-breaker/index.js';

/** The four things that publishing an article needs. */
export interface PublishingParts {
  render(markdown: string): Promise<string>;
  /** Answers the address of the picture. */
  illustrate(html: string): Promise<string>;
  store(page: { readonly html: string; readonly picture: string | undefined }): Promise<string>;
  announce(address: string): Promise<void>;
}

export type Published =
  | { readonly ok: true; readonly address: string; readonly without: readonly string[] }
  | { readonly ok: false; readonly step: string; readonly error: CircuitBreakerError<unknown> };

/**
 * One operation over four breakers. Rendering and storing have to work; a picture and an announcement are left out when their
 * service fails. Before anything is done, the breakers that have to let it pass are looked at: half an article helps nobody.
 */
export const createPublishing = (parts: PublishingParts) => {
  const renderer = new CircuitBreaker<string, unknown>({ name: 'renderer' });
  const pictures = new CircuitBreaker<string, unknown>({ name: 'pictures' });
  const storage = new CircuitBreaker<string, unknown>({ name: 'page-storage' });
  const news = new CircuitBreaker<void, unknown>({ name: 'news' });

  const publish = async (markdown: string): Promise<Published> => {
    const { retryAfterMs } = storage;
    if (retryAfterMs > 0)
      return { ok: false, step: 'store', error: { kind: 'circuit-open', breaker: storage.name, retryAfterMs } };
    const rendered = await renderer.call(() => parts.render(markdown));
    if (!rendered.ok) return { ok: false, step: 'render', error: rendered.error };
    const html = rendered.value;
    const picture = await pictures.call(() => parts.illustrate(html));
    const page = { html, picture: picture.ok ? picture.value : undefined };
    const stored = await storage.call(() => parts.store(page));
    if (!stored.ok) return { ok: false, step: 'store', error: stored.error };
    const announced = await news.call(() => parts.announce(stored.value));
    const without = [...(picture.ok ? [] : ['picture']), ...(announced.ok ? [] : ['announcement'])];
    return { ok: true, address: stored.value, without };
  };

  return { publish, breakers: [renderer, pictures, storage, news] as const };
};
