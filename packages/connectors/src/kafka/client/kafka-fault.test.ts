import { describe, expect, it } from 'vitest'
import { errorName } from './error-name.ts'
import { remedyOf } from './kafka-fault.ts'

describe('a fault of Kafka', () => {
  it('has the name that Kafka gives its number', () => {
    expect([0, 1, 6, 16, 47, 51, 90, 100, -1, 999].map(errorName)).toEqual([
      undefined,
      'OFFSET_OUT_OF_RANGE',
      'NOT_LEADER_OR_FOLLOWER',
      'NOT_COORDINATOR',
      'INVALID_PRODUCER_EPOCH',
      'CONCURRENT_TRANSACTIONS',
      'PRODUCER_FENCED',
      'UNKNOWN_TOPIC_ID',
      'UNKNOWN_SERVER_ERROR',
      'ERROR_999',
    ])
  })

  it('says what helps against it', () => {
    expect(['CONNECTION_LOST', 'CONCURRENT_TRANSACTIONS', 'PRODUCER_FENCED'].map(remedyOf)).toEqual([
      'refresh',
      'again',
      'none',
    ])
  })
})
