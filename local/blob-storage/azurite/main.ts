import { endWithParent } from './end-with-parent.js';
import { quickenIndex } from './quicken-index.js';
import { quickenRequests } from './quicken-requests.js';
import { writeWholeUploads } from './write-whole-uploads.js';

/** Azurite's process: `dist/local/azurite.cjs`, which has all of Azurite inside. */
endWithParent();
writeWholeUploads();
quickenIndex();
quickenRequests();
void import('azurite/dist/src/blob/main.js');
