import { createMemoryBatchStore } from '../../support/memory/batch-store.js';
import { batchStoreContract } from './batch-store-contract.js';

batchStoreContract('memory', createMemoryBatchStore);
