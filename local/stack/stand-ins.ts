/** The dependencies that run on this machine in the cloud's stead, by the names their breakers have. */
export const standInNames = ['blob-storage', 'service-bus', 'key-vault'] as const;

export type StandInName = (typeof standInNames)[number];

/** How people call each of them. */
export const standInTitles: Readonly<Record<Breakable, string>> = {
  'github-api': 'GitHub API',
  'gitlab-api': 'GitLab API',
  'blob-storage': 'Blob Storage',
  'service-bus': 'Service Bus',
  'key-vault': 'Key Vault',
};

/** Whether a word names one of them. */
export const isStandInName = (name: string): name is StandInName => standInNames.some((each) => each === name);

/** The senders whose APIs list failed deliveries: each has a stand-in when the app should read it. */
export const historyNames = ['github-api', 'gitlab-api'] as const;

export type HistoryName = (typeof historyNames)[number];

export const isHistoryName = (name: string): name is HistoryName => historyNames.some((each) => each === name);

/** What can be broken on purpose, where the stack has it. */
export type Breakable = StandInName | HistoryName;

export const breakableNames = [...standInNames, ...historyNames] as const satisfies readonly Breakable[];

export const isBreakable = (name: string): name is Breakable => breakableNames.some((each) => each === name);
