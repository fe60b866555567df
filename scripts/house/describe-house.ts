import { alignColumns } from '../../local/commands/terminal/columns.js';
import { type House, smallBelow } from './rooms.js';
import type { OneWebhook } from './watch-one-webhook.js';

const shorten = (folder: string): string => folder.replace(/^src\//, '');

const describeRooms = ({ rooms }: House): readonly string[] => {
  const sum = (count: (room: House['rooms'][number]) => number): number =>
    rooms.reduce((total, room) => total + count(room), 0);
  return alignColumns([
    ['folder', 'files', 'lines', `below ${smallBelow}`, 'imports from'],
    ...rooms.map(({ folder, files, lines, smallFiles, imports }) => [
      folder,
      files,
      lines,
      smallFiles,
      imports.map(shorten).join(', '),
    ]),
    ['all', sum(({ files }) => files), sum(({ lines }) => lines), sum(({ smallFiles }) => smallFiles), ''],
  ]);
};

const describeCircles = (what: string, circles: readonly (readonly string[])[]): readonly string[] => [
  circles.length === 0
    ? `No ${what.toLowerCase()} import each other in a circle`
    : `${what} that import each other in a circle:`,
  ...circles.map((circle) => `  ${circle.length}: ${circle.map(shorten).join(', ')}`),
];

/** How far one webhook goes, in numbers. */
export const webhookFigures = ({ files, layers }: OneWebhook) => ({
  files: files.length,
  functions: files.reduce((sum, { functions }) => sum + functions.length, 0),
  layersToTheArchive: layers.archive.length,
  layersToTheQueue: layers.queue.length,
});

const describeWebhook = (webhook: OneWebhook, isDetailed: boolean): readonly string[] => {
  const { files, functions, layersToTheArchive, layersToTheQueue } = webhookFigures(webhook);
  return [
    `One webhook for two bots crosses ${files} files and ${functions} functions.`,
    `From the decision to the archive's client it passes ${layersToTheArchive} files, nearest to the client first:`,
    ...webhook.layers.archive.map((file) => `  ${file}`),
    `From the decision to the queue's client it passes ${layersToTheQueue}:`,
    ...webhook.layers.queue.map((file) => `  ${file}`),
    ...(isDetailed
      ? [
          'The functions:',
          ...alignColumns(webhook.files.map(({ path, functions: ran }) => [`  ${path}`, ran.join(' ')])),
        ]
      : []),
  ];
};

/** What the command prints. */
export const describeHouse = (
  house: House,
  webhook: OneWebhook,
  { isDetailed }: { readonly isDetailed: boolean },
): readonly string[] => [
  ...describeRooms(house),
  '',
  `Files of fewer than ${smallBelow} lines: ${house.smallFiles.length}`,
  ...alignColumns(house.smallFiles.map(({ path, lines }) => [`  ${path}`, lines])),
  '',
  ...describeCircles('Folders', house.folderCircles),
  ...describeCircles('Files', house.fileCircles),
  '',
  ...describeWebhook(webhook, isDetailed),
];
