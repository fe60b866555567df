/** Whether the bench command was asked to measure little (`--quick`). */
export const isQuick = process.argv.includes('--quick');
