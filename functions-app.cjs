// What "main" names, for the Functions host on a developer's machine. A file of its own, for npm puts "main" into every package it
// packs, and the published package is not the app. What is deployed names the bundle itself (scripts/package.ts).
require('./dist/functions/index.cjs');
