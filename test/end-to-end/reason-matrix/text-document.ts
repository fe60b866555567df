import { join } from 'node:path';
import { vi } from 'vitest';
import * as z from 'zod';

/** As much of an element as the page needs to say something. */
class TextElement {
  readonly attributes = new Map<string, string>();
  children: readonly TextElement[] = [];
  className = '';
  id = '';
  #text = '';

  get textContent(): string {
    return this.#text + this.children.map((child) => child.textContent).join('');
  }

  set textContent(text: string) {
    this.children = [];
    this.#text = text;
  }

  append(...children: readonly (TextElement | string)[]): void {
    const nodes = children.map((child) => (typeof child === 'string' ? textNode(child) : child));
    this.children = [...this.children, ...nodes];
  }

  prepend(child: TextElement): void {
    this.children = [child, ...this.children];
  }

  replaceChildren(...children: readonly (TextElement | string)[]): void {
    this.textContent = '';
    this.append(...children);
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  addEventListener(): void {}
}

const textNode = (text: string): TextElement => {
  const node = new TextElement();
  node.textContent = text;
  return node;
};

/** What the page says of what two endpoints answer. */
export interface PageText {
  /** By the name of the breaker. */
  readonly cards: ReadonlyMap<string, string>;
  readonly notices: readonly string[];
}

interface PageModule {
  readonly Overview: new (api: unknown) => { showBreakers(answer: unknown): void; showHealth(answer: unknown): void };
}

const answerSchema = z.json();

/** It is written for a browser, whose types are not known here. */
const overviewFile = join(import.meta.dirname, '../../../console/overview.ts');

/** Has the operators' page show two answers, with its own code and a document that is made of texts. */
export const showOnPage = async ({ health, breakers }: { readonly health: string; readonly breakers: string }) => {
  const byId = new Map<string, TextElement>();
  const getElementById = (id: string): TextElement => {
    const element = byId.get(id) ?? new TextElement();
    byId.set(id, element);
    return element;
  };
  vi.stubGlobal('Node', TextElement);
  vi.stubGlobal('document', { getElementById, createElement: () => new TextElement(), activeElement: null });
  try {
    const { Overview }: PageModule = await import(overviewFile);
    const overview = new Overview({});
    overview.showBreakers(answerSchema.parse(JSON.parse(breakers)));
    overview.showHealth(answerSchema.parse(JSON.parse(health)));
  } finally {
    vi.unstubAllGlobals();
  }
  const cards = getElementById('breakers').children.map(
    (card) => [card.attributes.get('aria-label') ?? '', card.textContent] as const,
  );
  const notices = getElementById('checks').children.map(({ textContent }) => textContent);
  return { cards: new Map(cards), notices } satisfies PageText;
};
