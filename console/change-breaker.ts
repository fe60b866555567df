import type { Api } from './api.js';
import { openDialog } from './confirm.js';
import { el, field, say } from './dom.js';
import type { Breaker } from './shapes.js';

const wordsOf = (option: string): string => option.replaceAll(/([A-Z])/g, ' $1').toLowerCase();

/** Changes options of a breaker while it runs: shows all of them, sends those that differ. */
export const changeBreaker = (api: Api, { name, configuration }: Breaker): void => {
  const inputs = Object.entries(configuration).map(([option, value]) => {
    const input = el('input', {
      attributes: { type: 'number', step: 'any', name: option, value: String(value ?? ''), placeholder: 'off' },
    });
    return { option, value, input };
  });
  const change = async (): Promise<void> => {
    const changed = inputs
      .map(({ option, value, input }) => ({ option, value, now: input.value === '' ? null : Number(input.value) }))
      .filter(({ value, now }) => value !== now);
    const answer = await api.send(
      'PATCH',
      `circuit-breakers/${encodeURIComponent(name)}`,
      Object.fromEntries(changed.map(({ option, now }) => [option, now])),
    );
    if (answer.kind === 'failed') return say(`Not changed. ${answer.what}`);
    say(
      `${name}: ${changed.map(({ option, now }) => `${wordsOf(option)} ${now ?? 'off'}`).join(', ') || 'nothing was changed'}.`,
    );
    dialog.close();
  };
  const dialog = openDialog(
    `Change ${name}`,
    el(
      'p',
      { class: 'hint' },
      'Takes effect at once on the instance that answers, until it ends; settings last. Running calls keep their deadline. An empty field switches a feature off. An audit line is left.',
    ),
    el('div', { class: 'columns' }, ...inputs.map(({ option, input }) => field(wordsOf(option), input))),
    el(
      'div',
      { class: 'buttons' },
      el('button', { class: 'quiet', attributes: { type: 'button' }, onClick: () => dialog.close() }, 'Cancel'),
      el('button', { attributes: { type: 'button' }, onClick: () => void change() }, 'Change'),
    ),
  );
};
