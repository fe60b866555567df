/** What is kept of a file. */
export interface FileMetadata {
  readonly path: string;
  readonly sha: string;
  readonly bytes: number;
  readonly commit: string;
}

/** Where it is kept: a table, a database, a blob for each. */
export interface MetadataStore {
  put(metadata: FileMetadata): Promise<void>;
  get(path: string): Promise<FileMetadata | undefined>;
  remove(path: string): Promise<void>;
}

/** Keeps it in this process: for tests, and to begin with. */
export const createMemoryMetadataStore = (): MetadataStore => {
  const files = new Map<string, FileMetadata>();
  return {
    put: async (metadata) => void files.set(metadata.path, metadata),
    get: async (path) => files.get(path),
    remove: async (path) => void files.delete(path),
  };
};
