import loki from 'lokijs';

/**
 * Azurite keeps its blobs in LokiJS in a way that takes longer the more there are: it sorts all four indexes again after every removal
 * (100 ms among 16,000 blobs), looks blobs up by their account, which they all share, and sorts all of them for each page of a listing
 * (2 s among 100,000). This removes one document by itself, looks it up by its name, and takes the order of a listing from the index of
 * names. Nothing else changes.
 */
export const quickenIndex = (): void => {
  const { Collection, Resultset } = loki;
  const { removeBatchByPositions } = Collection.prototype;
  Collection.prototype.removeBatchByPositions = function (positions) {
    const [only] = positions;
    if (only === undefined || positions.length > 1) return removeBatchByPositions.call(this, positions);
    this.remove(this.data[only]);
  };
  const { find, sort } = Resultset.prototype;
  Resultset.prototype.find = function (query, firstOnly) {
    return find.call(this, typeof query?.name === 'string' ? { name: query.name, ...query } : query, firstOnly);
  };
  Resultset.prototype.sort = function (compare) {
    return this.collection.name === '$BLOBS_COLLECTION$' ? this.simplesort('name') : sort.call(this, compare);
  };
};
