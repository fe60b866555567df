/** The id of the event that a message brings, read from its message id. Of events whose ids hold no `:`. */
export const eventIdIn = ({ messageId }: { readonly messageId: string }): string => messageId.split(':')[1] ?? '';
