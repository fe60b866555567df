import { createMemoryPublishedListStore } from '../../support/memory/published-list-store.js';
import { publishedListStoreContract } from './published-list-store-contract.js';

publishedListStoreContract('memory', createMemoryPublishedListStore);
