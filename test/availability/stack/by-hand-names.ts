/** Where the handler by hand puts and sends what it gets. */
export const byHandContainer = 'by-hand';
export const byHandQueue = 'bot-by-hand';
