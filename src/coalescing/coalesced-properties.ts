/** Names of a message's properties that say what it stands for. */
export const coalescedProperties = { count: 'coalescedcount', ids: 'coalescedids' } as const;
