import { EMPTY, type Observable } from 'rxjs'
import { expectTypeOf, it } from 'vitest'
import { keyedProcess, valueState } from '../src/index.ts'
import { processByKey } from '../src/rxjs/index.ts'

it('a function by key gives what it emits', () => {
  const rise = keyedProcess<{ readonly bed: string; readonly rate: number }, number>()({
    state: { last: valueState<number>() },
    processRecord(value, ctx) {
      ctx.emit(value.rate - (ctx.state.last.get() ?? value.rate))
    },
  })
  const rises = (EMPTY as Observable<{ readonly bed: string; readonly rate: number }>).pipe(
    processByKey({ key: (r) => r.bed, process: rise }),
  )
  expectTypeOf(rises).toEqualTypeOf<Observable<number>>()
})
