import { expect, it } from 'vitest'
import { createEnvironment } from '../src/index.ts'
import type { OperatorContext, OperatorFactory } from '../src/operators/operator.ts'
import { valueState } from '../src/state/descriptors.ts'
import type { ValueState } from '../src/state/state.ts'
import { operatorHarness } from '../src/testing/operator-harness.ts'
import { record, watermark } from '../src/testing/script.ts'
import { verifyOperator } from '../src/testing/verify-operator.ts'

interface Order {
  readonly item: string
  readonly amount: number
}

interface Price {
  readonly of: string
  readonly price: number
}

/** The newest price of an item, for each of its orders. */
function pricing(secondInput: 'keyed' | 'unkeyed' = 'keyed'): OperatorFactory<Order, number, Price> {
  return {
    kind: 'pricing',
    keyed: true,
    secondInput,
    usesTime: true,
    sideOutputs: [],
    create() {
      let context: OperatorContext<number>
      let price: ValueState<number>
      return {
        open(opened) {
          context = opened
          price = context.state.value('price', valueState<number>())
        },
        processRecord: (order, timestamp) => context.output.emit(order.amount * (price.get() ?? 0), timestamp),
        processSecondRecord: (changed) => price.set(changed.price),
      }
    },
  }
}

const keys = { keyBy: (order: Order) => order.item, secondKeyBy: (price: Price) => price.of }

it('keys the records of each input by a selector of its own, and lets both share the state of a key', () =>
  verifyOperator(
    pricing(),
    [
      record({ item: 'a', amount: 1 }, 1),
      record({ of: 'a', price: 10 }, 1, 1),
      record({ item: 'a', amount: 2 }, 2),
      watermark(1),
      record({ of: 'b', price: 3 }, 3, 1),
      watermark(2, 1),
      record({ item: 'b', amount: 4 }, 3),
      record({ item: 'a', amount: 1 }, 3),
    ],
    { ...keys, expected: [0, 20, 12, 10] },
  ))

it('forwards the least watermark of the two', () => {
  const harness = operatorHarness(pricing(), keys)
  harness.watermark(10)
  expect(harness.forwardedWatermark).toBe(Number.NEGATIVE_INFINITY)
  harness.watermark(7, 1)
  expect(harness.forwardedWatermark).toBe(7)
})

it('has no key while a record of an unkeyed second input is handled', () => {
  const harness = operatorHarness(pricing('unkeyed'), { keyBy: keys.keyBy })
  harness.process({ item: 'a', amount: 1 }, 1)
  expect(() => harness.processSecond({ of: 'a', price: 1 }, 1)).toThrow('CORE_NOT_KEYED')
})

it('refuses a step with two inputs that is given one', () => {
  const env = createEnvironment()
  env
    .fromArray<Order>([])
    .keyBy((order) => order.item)
    .transform(pricing() as OperatorFactory<Order, number>, { id: 'priced' })
    .print()
  expect(() => env.explain()).toThrow("step 'priced' (pricing) takes two inputs, but has one: use `connect`")
})
