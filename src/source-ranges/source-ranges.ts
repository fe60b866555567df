/** Where one provider's deliveries may come from: ranges in CIDR form, and GitHub's published list if it is named. */
export interface SourceRanges {
  readonly ranges: readonly string[];
  readonly githubMeta: boolean;
}

/** The word in a setting that stands for the ranges that GitHub publishes for its hooks. */
export const githubMetaWord = 'github-meta';
