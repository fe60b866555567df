/**
 * Loaded into Azurite by the benchmark of the drain. Azurite keeps its blobs in LokiJS, which sorts all four indexes again after
 * every chained removal, and looks documents up by their account, which they all share: a deletion takes 100 ms among
 * 16,000 blobs. This removes one document by itself and looks it up by its name; nothing else changes.
 */
const { Collection, Resultset } = require('lokijs');

const { removeBatchByPositions } = Collection.prototype;
Collection.prototype.removeBatchByPositions = function (positions) {
  if (positions.length !== 1) return removeBatchByPositions.call(this, positions);
  this.remove(this.data[positions[0]]);
};

const { find } = Resultset.prototype;
Resultset.prototype.find = function (query, firstOnly) {
  return find.call(this, typeof query?.name === 'string' ? { name: query.name, ...query } : query, firstOnly);
};
