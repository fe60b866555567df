/** A URL with a query may carry a SAS token; whatever is told or sent has none. */
export const withoutQuery = (url: string): string => url.split('?', 1)[0] ?? url;
