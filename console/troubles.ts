import { byId, el, fill } from './dom.js';

/** What cannot be shown, and why: one line for each endpoint that fails, until it answers again. */
export class Troubles {
  readonly #byPath = new Map<string, string>();

  failed(path: string, what: string): void {
    if (this.#byPath.get(path) === what) return;
    this.#byPath.set(path, what);
    this.#show();
  }

  mended(path: string): void {
    if (this.#byPath.delete(path)) this.#show();
  }

  #show(): void {
    const lines = [...this.#byPath].map(([path, what]) =>
      el(
        'div',
        { class: 'notice bad' },
        el('p', {}, el('code', {}, path), `: ${what} What is shown of it may be out of date.`),
      ),
    );
    fill(byId('troubles'), ...lines);
  }
}
