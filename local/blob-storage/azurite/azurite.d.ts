/** The members of Azurite, and of the LokiJS that it keeps its blobs in, that are replaced or used here: neither has types. */
declare module 'azurite/dist/src/blob/main.js';

declare module 'azurite/dist/src/common/persistence/FSExtentStore.js' {
  export interface ExtentChunk {
    readonly id: string;
    readonly offset: number;
    readonly count: number;
  }
  class FSExtentStore {
    readonly metadataStore: { getExtentLocationId(id: string): Promise<string> };
    appendExtent(data: NodeJS.ReadableStream | Buffer, contextId?: string): Promise<ExtentChunk>;
    readExtent(chunk: ExtentChunk | undefined, contextId?: string): Promise<NodeJS.ReadableStream>;
    generateExtentPath(location: string, id: string): string;
  }
  const exported: { readonly default: typeof FSExtentStore };
  export default exported;
}

declare module 'azurite/dist/src/blob/persistence/IBlobMetadataStore.js' {
  const exported: { readonly ZERO_EXTENT_ID: string };
  export default exported;
}

declare module 'azurite/dist/src/blob/generated/utils/utils.js' {
  const exported: { isURITemplateMatch(path: string, operation: string): boolean };
  export default exported;
}

declare module 'lokijs' {
  class Collection {
    readonly name: string;
    readonly data: readonly object[];
    remove(document: object | undefined): void;
    removeBatchByPositions(positions: readonly number[]): void;
  }
  class Resultset {
    readonly collection: Collection;
    find(query?: { readonly name?: unknown }, firstOnly?: boolean): Resultset;
    sort(compare: (one: object, other: object) => number): Resultset;
    simplesort(property: string): Resultset;
  }
  const exported: { readonly Collection: typeof Collection; readonly Resultset: typeof Resultset };
  export default exported;
}
