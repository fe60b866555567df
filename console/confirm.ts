import { el } from './dom.js';

interface Question {
  readonly title: string;
  /** What will happen. */
  readonly says: readonly (string | Node)[];
  readonly command: string;
}

let dialogs = 0;

/** A dialog of the page, named by its heading. It is gone once it is closed. */
export const openDialog = (title: string, ...children: readonly (Node | string)[]): HTMLDialogElement => {
  dialogs += 1;
  const id = `dialog-${dialogs}`;
  const opener = document.activeElement?.id ?? '';
  const dialog = el(
    'dialog',
    { attributes: { 'aria-labelledby': id } },
    el('div', { class: 'body' }, el('h2', { id }, title), ...children),
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    // The list may have been drawn anew meanwhile, and what opened the dialog with it.
    if (document.activeElement === document.body) document.getElementById(opener)?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
};

/** Says what a command will do, and asks. Resolves with whether it is wanted. */
export const confirm = ({ title, says, command }: Question): Promise<boolean> =>
  new Promise((resolve) => {
    const answer = (wanted: boolean) => () => {
      resolve(wanted);
      dialog.close();
    };
    const dialog = openDialog(
      title,
      ...says.map((said) => el('div', {}, said)),
      el(
        'div',
        { class: 'buttons' },
        el(
          'button',
          { class: 'quiet', attributes: { type: 'button', autofocus: '' }, onClick: answer(false) },
          'Cancel',
        ),
        el('button', { id: 'do-it', attributes: { type: 'button' }, onClick: answer(true) }, command),
      ),
    );
    dialog.addEventListener('close', () => resolve(false));
  });
