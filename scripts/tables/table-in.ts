/** A page with its table `name`, which stands between `<!-- name -->` and `<!-- /name -->`, as it should be. */
export const withTable =
  (name: string, table: () => string) =>
  (page: string): string =>
    page.replace(
      new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(\\n<!-- /${name} -->)`),
      (_, start, end) => `${start}${table()}${end}`,
    );

const inCell = (text: string): string => text.replaceAll('|', '\\|');

export const tableRow = (cells: readonly string[]): string =>
  `| ${cells.map(inCell).join(' | ')} |`.replaceAll('|  |', '| |');
