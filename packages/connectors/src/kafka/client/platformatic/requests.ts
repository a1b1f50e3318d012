import type { Library } from './library.ts'

/**
 * The library's modules for each request, the version that we like best first; those of a line ask and answer alike. Together
 * they reach from Kafka 2.8 on, 3.0 for transactions.
 *
 * EndTxn stays below 5: that version raises the epoch with each transaction (KIP-890), so that a successor could not commit by
 * the session that a checkpoint has. Fetch stays below 13 and Produce below 13, which name topics by id.
 */
export const REQUESTS = {
  Metadata: ['metadataV12', 'metadataV11', 'metadataV10'],
  FindCoordinator: ['findCoordinatorV4', 'findCoordinatorV3'],
  Fetch: ['fetchV12'],
  ListOffsets: ['listOffsetsV7', 'listOffsetsV6'],
  OffsetFetch: ['offsetFetchV8', 'offsetFetchV7'],
  OffsetCommit: ['offsetCommitV8'],
  InitProducerId: ['initProducerIdV4'],
  DescribeTransactions: ['describeTransactionsV0'],
  AddPartitionsToTxn: ['addPartitionsToTxnV3', 'addPartitionsToTxnV2'],
  Produce: ['produceV9'],
  EndTxn: ['endTxnV3', 'endTxnV2'],
} as const

export type RequestName = keyof typeof REQUESTS

/** All versions of a line, as the first of them is typed. */
export type RequestModule<N extends RequestName> = Library[(typeof REQUESTS)[N][0]]

/** Versions by the number of their request, as a broker gave them. */
export type BrokerVersions = ReadonlyMap<number, { readonly minVersion: number; readonly maxVersion: number }>

/** The best version that both the library and the broker have; `undefined` where there is none. */
export function chooseRequest<N extends RequestName>(
  library: Library,
  versions: BrokerVersions,
  name: N,
): RequestModule<N> | undefined {
  for (const module of REQUESTS[name]) {
    // An older library lacks some.
    const found: Library[typeof module] | undefined = library[module]
    if (found === undefined) continue
    const range = versions.get(found.api.key)
    if (range === undefined || found.api.version < range.minVersion || found.api.version > range.maxVersion) continue
    return found as unknown as RequestModule<N>
  }
  return undefined
}

/** The library throws an answer in which there is an error; each part of it has its own. */
export function answerIn<R>(error: unknown): R | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'PLT_KFK_RESPONSE') return undefined
  return 'response' in error ? (error.response as R) : undefined
}
