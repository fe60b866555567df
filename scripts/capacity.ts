import { readFileSync, writeFileSync } from 'node:fs';
import { capacityTables, withCapacityTables } from './capacity/tables.js';

/** `npm run capacity` prints the tables; with `--write` it puts them into docs/capacity.md. */
const page = 'docs/capacity.md';
if (process.argv.includes('--write')) writeFileSync(page, withCapacityTables(readFileSync(page, 'utf8')));
for (const [name, table] of Object.entries(capacityTables())) console.log(`${name}\n\n${table}\n`);
