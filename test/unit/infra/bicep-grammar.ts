import { createRequire } from 'node:module';
import { Language, type Node, Parser } from 'web-tree-sitter';

const grammar = createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm');

await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(grammar));

/** The statements of a Bicep file. Throws `SyntaxError` with the line that the grammar does not know. */
export const parseBicep = (text: string): readonly Node[] => {
  const root = parser.parse(text)?.rootNode;
  if (root === undefined) throw new SyntaxError('The parser was stopped');
  const [wrong] = root.hasError ? root.descendantsOfType('ERROR') : [];
  if (root.hasError)
    throw new SyntaxError(`Line ${(wrong?.startPosition.row ?? root.startPosition.row) + 1}: not Bicep`);
  return root.namedChildren.filter((node) => node !== null);
};
