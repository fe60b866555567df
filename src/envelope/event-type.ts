interface EventTypeParts {
  readonly provider: string;
  readonly event: string;
  readonly action?: string | undefined;
}

/** `{provider}.{event}[.{action}]`, e.g. `github.pull_request.opened`: what bots' patterns are matched with. */
export const eventType = ({ provider, event, action }: EventTypeParts): string =>
  action === undefined ? `${provider}.${event}` : `${provider}.${event}.${action}`;
