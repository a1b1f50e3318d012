import { expectTypeOf, it } from 'vitest'
import {
  broadcastProcessOperator,
  type Checkpoint,
  type CheckpointStorageContractOptions,
  type ContractCase,
  checkpointBytes,
  checkpointOf,
  checkpointStorageContract,
  coProcessOperator,
  keyedBroadcastProcessOperator,
  keyedCoProcessOperator,
  keyedProcessOperator,
  type OperatorFactory,
  processOperator,
  type SinkContractOptions,
  type SourceContractOptions,
  sinkContract,
  sourceContract,
} from '../src/connector.ts'
import { broadcastProcess, keyedBroadcastProcess } from '../src/functions/broadcast-process-function.ts'
import { coProcess, keyedCoProcess } from '../src/functions/co-process-function.ts'
import { keyedProcess, processFunction } from '../src/functions/process-function.ts'
import { broadcastState, mapState, valueState } from '../src/state/descriptors.ts'

it('a function as an operator takes and gives what the function does', () => {
  const plain = processOperator(processFunction<number, string>()({ processRecord: (n, ctx) => ctx.emit(String(n)) }))
  expectTypeOf(plain).toEqualTypeOf<OperatorFactory<number, string>>()

  const keyed = keyedProcessOperator(
    keyedProcess<number, string>()({ state: { last: valueState<number>() }, processRecord() {} }),
  )
  expectTypeOf(keyed).toEqualTypeOf<OperatorFactory<number, string>>()

  const two = coProcessOperator(coProcess<number, Date, string>()({ processFirst() {}, processSecond() {} }))
  expectTypeOf(two).toEqualTypeOf<OperatorFactory<number, string, Date>>()

  const keyedTwo = keyedCoProcessOperator(
    keyedCoProcess<number, Date, string>()({
      state: { seen: mapState<string, boolean>() },
      processFirst() {},
      processSecond() {},
    }),
  )
  expectTypeOf(keyedTwo).toEqualTypeOf<OperatorFactory<number, string, Date>>()

  const rules = { rules: broadcastState<string, number>() }
  const broadcast = broadcastProcessOperator(
    broadcastProcess<number, Date, string>()({
      broadcastState: rules,
      processRecord() {},
      processBroadcastRecord() {},
    }),
  )
  expectTypeOf(broadcast).toEqualTypeOf<OperatorFactory<number, string, Date>>()

  const keyedBroadcast = keyedBroadcastProcessOperator(
    keyedBroadcastProcess<number, Date, string>()({
      broadcastState: rules,
      processRecord() {},
      processBroadcastRecord() {},
    }),
  )
  expectTypeOf(keyedBroadcast).toEqualTypeOf<OperatorFactory<number, string, Date>>()
})

it('contract suites are lists of cases for any test runner', () => {
  expectTypeOf(sourceContract<number>).parameters.toEqualTypeOf<[SourceContractOptions<number>]>()
  expectTypeOf(sourceContract<number>).returns.items.toEqualTypeOf<ContractCase>()
  expectTypeOf(sinkContract<number>).parameters.toEqualTypeOf<[SinkContractOptions<number>]>()
  expectTypeOf(sinkContract<number>).returns.items.toEqualTypeOf<ContractCase>()
  expectTypeOf(checkpointStorageContract).parameters.toEqualTypeOf<[CheckpointStorageContractOptions]>()
  expectTypeOf(checkpointStorageContract).returns.items.toEqualTypeOf<ContractCase>()
})

it('a checkpoint is bytes and back', () => {
  expectTypeOf(checkpointBytes).parameters.toEqualTypeOf<[Checkpoint]>()
  expectTypeOf(checkpointBytes).returns.toEqualTypeOf<Uint8Array>()
  expectTypeOf(checkpointOf).parameters.toEqualTypeOf<[string, Buffer]>()
  expectTypeOf(checkpointOf).returns.toEqualTypeOf<Checkpoint>()
})
