import { configureGlobal } from 'fast-check';

/** Every mutant meets the same cases, few enough to wait for, and nobody reads the smallest case that kills it. */
configureGlobal({ seed: 9, numRuns: 300, endOnFailure: true });
