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
  for (const [name, value] of Object.entries(properties.attributes ?? {})) element.setAttribute(name, value);
  const { onClick } = properties;
  if (onClick !== undefined) element.addEventListener('click', onClick);
  for (const child of children) {
    if (child !== undefined && child !== false && child !== null)
      element.append(child instanceof Node ? child : String(child));
  }
  return element;
};

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

/** Says in a line at the foot of the page what was done; screen readers read it out. */
export const say = (text: string): void => {
  const line = byId('said');
  line.textContent = text;
  setTimeout(() => {
    if (line.textContent === text) line.textContent = '';
  }, 8_000);
};
