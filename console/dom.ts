type Child = Node | string | number | undefined | false | null;

interface Properties {
  readonly class?: string;
  readonly id?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly onClick?: () => void;
}

/** An element whose children are elements and texts. Text is text: whatever an event says, it never becomes markup. */
export const el = <T extends keyof HTMLElementTagNameMap>(
  tag: T,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[T] => {
  const element = document.createElement(tag);
  if (properties.class !== undefined) element.className = properties.class;
  if (properties.id !== undefined) element.id = properties.id;
  for (const [name, value] of Object.entries(properties.attributes ?? {}))
    element.setAttribute(name, name === 'value' ? value : plain(value));
  const { onClick } = properties;
  if (onClick !== undefined) element.addEventListener('click', onClick);
  for (const child of children) {
    if (child !== undefined && child !== false && child !== null)
      element.append(child instanceof Node ? child : plain(String(child)));
  }
  return element;
};

/**
 * Characters that would change how the surrounding text reads, or that nobody sees: control and format characters, but for the two joiners
 * that scripts and emoji need.
 */
const disguises = /[^\P{Cc}\t\n]|(?![\u200c\u200d])\p{Cf}|[\u2028\u2029]/gu;

/** A sender's text, with each such character replaced by its code point. */
const plain = (text: string): string =>
  text.replace(disguises, (each) => `\\u${each.codePointAt(0)?.toString(16).padStart(4, '0')}`);

/** Short enough for a list, and still recognizable. */
export const short = (text: string): string => (text.length > 160 ? `${text.slice(0, 159)}…` : text);

export const byId = (id: string): HTMLElement => {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no ${id}`);
  return element;
};

/** Puts new children in place of the old ones. Who had the focus keeps it, when it is there again under the same id. */
export const fill = (parent: HTMLElement, ...children: readonly Child[]): void => {
  const focused = document.activeElement?.id ?? '';
  const had = focused !== '' && parent.contains(document.activeElement);
  parent.replaceChildren(
    ...children.flatMap((child) => (child instanceof Node || typeof child === 'string' ? [child] : [])),
  );
  if (had) document.getElementById(focused)?.focus();
};

/** Names and texts, as a list of terms; what is `undefined` is left out. */
export const factsList = (facts: Readonly<Record<string, Child>>): HTMLElement =>
  el(
    'dl',
    { class: 'facts-list' },
    ...Object.entries(facts).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [el('dt', {}, name), el('dd', {}, value)],
    ),
  );

/** A button that shows one delivery. */
export const deliveryLink = (id: string, { element, onClick }: DeliveryLink): HTMLElement =>
  el(
    'button',
    {
      class: 'link id',
      id: element,
      attributes: { type: 'button', title: id, 'aria-label': `Show delivery ${short(id)}` },
      onClick,
    },
    short(id),
  );

interface DeliveryLink {
  /** The button's own id. */
  readonly element: string;
  readonly onClick: () => void;
}

/** A table that scrolls by itself where it is too wide. */
export const table = (caption: string, titles: readonly string[], rows: readonly HTMLTableRowElement[]): HTMLElement =>
  el(
    'div',
    { class: 'scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': caption } },
    el(
      'table',
      {},
      el('caption', {}, caption),
      el('thead', {}, el('tr', {}, ...titles.map((title) => el('th', { attributes: { scope: 'col' } }, title)))),
      el('tbody', {}, ...rows),
    ),
  );

export const field = (name: string, input: HTMLElement): HTMLLabelElement => el('label', {}, name, input);

/** Runs a form's work when it is submitted, one submission at a time. */
export const onSubmit = (form: HTMLFormElement, work: () => Promise<void>): void => {
  let isRunning = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (isRunning) return;
    isRunning = true;
    void work().finally(() => {
      isRunning = false;
    });
  });
};

/** Says in a line at the foot of the page what was done; screen readers read it out. */
export const say = (text: string): void => {
  const line = byId('said');
  line.textContent = plain(text);
  setTimeout(() => {
    if (line.textContent === plain(text)) line.textContent = '';
  }, 8_000);
};
