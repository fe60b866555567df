/** A header's value as the worker has it. */
interface Spelled {
  readonly value?: string | null | undefined;
}

/** An HTTP request as the Functions host describes it to its worker, as far as it is used here. */
export interface HttpInput {
  nullableHeaders?: Readonly<Record<string, Spelled>> | null;
  headers?: Readonly<Record<string, string>> | null;
  body?: { readonly bytes?: Uint8Array | null } | null;
}

/** An answer to such a request, likewise. */
export interface HttpOutput {
  readonly statusCode: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly object[];
  readonly enableContentNegotiation: boolean;
  readonly body: { readonly bytes: Uint8Array };
}

/** One invocation as the host describes it. */
export interface InvocationContextOfWorker {
  readonly request: {
    readonly inputData?: readonly { readonly data?: { readonly http?: HttpInput | null } | null }[] | null;
  };
}

/** What the library makes of one invocation. */
export interface InvocationModel {
  getArguments(): Promise<{ readonly inputs: readonly unknown[] }>;
  /** What the worker is told of a function that answered `result`. */
  getResponse(context: unknown, result: unknown): Promise<object>;
}

interface ProgrammingModel {
  getInvocationModel(context: InvocationContextOfWorker): InvocationModel;
}

/** What the Functions worker supplies to an app as `@azure/functions-core`, as far as it is used here. */
export interface FunctionsCore {
  getProgrammingModel?(): ProgrammingModel | undefined;
  setProgrammingModel(model: ProgrammingModel): void;
}

/** Puts `around` between the worker and the library; a worker that has no model is left alone. */
export const aroundInvocations = (
  core: FunctionsCore,
  around: (context: InvocationContextOfWorker, proceed: () => InvocationModel) => InvocationModel,
): void => {
  const model = core.getProgrammingModel?.();
  if (model === undefined) return;
  const getInvocationModel = (context: InvocationContextOfWorker): InvocationModel =>
    around(context, () => model.getInvocationModel(context));
  core.setProgrammingModel(Object.create(model, { getInvocationModel: { value: getInvocationModel } }));
};
