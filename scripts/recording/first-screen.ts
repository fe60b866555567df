/** Lines of the first screen that are not for a recording: what stands for minutes of other output. */
const left = ['npm ci && npm start', 'npm test'];

/** The commands of the README's section "Run it", in their order. */
export const firstScreen = (readme: string): readonly string[] => {
  const section = /^## Run it$([\s\S]*?)^## /m.exec(readme)?.[1] ?? '';
  const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.trim().split('\n')).filter((line) => !left.includes(line));
};
