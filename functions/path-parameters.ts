const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

const segmentsOf = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '');

/**
 * The parameters of a route as the path has them. The host hands its own on, and lets any member of a JSON body and any parameter of
 * the query that is spelled alike but for its case rename them: `{"Provider": "x"}` would make a sender unknown.
 */
export const pathParameters = (url: string, route: string): Readonly<Record<string, string>> => {
  const template = segmentsOf(route);
  const values = segmentsOf(new URL(url).pathname).slice(-template.length);
  const parameters = template.flatMap((segment, index) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    return name === undefined ? [] : [[name, decoded(values[index] ?? '')] as const];
  });
  return Object.fromEntries(parameters);
};
