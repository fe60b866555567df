/** The dependencies that run on this machine in the cloud's stead, by the names their breakers have. */
export const standInNames = ['blob-storage', 'service-bus', 'key-vault'] as const;

export type StandInName = (typeof standInNames)[number];

/** How people call each of them. */
export const standInTitles: Readonly<Record<StandInName, string>> = {
  'blob-storage': 'Blob Storage',
  'service-bus': 'Service Bus',
  'key-vault': 'Key Vault',
};

/** Whether a word names one of them. */
export const isStandInName = (name: string): name is StandInName => standInNames.some((each) => each === name);

/** What else can be broken on purpose, where the stack has it. */
export type Breakable = StandInName | 'github-api';

export const breakableNames = [...standInNames, 'github-api'] as const satisfies readonly Breakable[];

export const isBreakable = (name: string): name is Breakable => breakableNames.some((each) => each === name);
