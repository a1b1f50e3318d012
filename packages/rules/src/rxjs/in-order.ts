import { defer, map, merge, type Observable, Subject, takeUntil, tap } from 'rxjs'

export type OneOf<A, B> = { readonly main: A } | { readonly beside: B }

/**
 * Two Observables as one, in the order in which their values come: what the second gives at once comes first. At an end when the first is; an
 * error of either is its error.
 */
export function inOrder<A, B>(main: Observable<A>, beside: Observable<B>): Observable<OneOf<A, B>> {
  return defer(() => {
    const over = new Subject<void>()
    return merge(
      beside.pipe(
        takeUntil(over),
        map((value) => ({ beside: value })),
      ),
      main.pipe(
        map((value) => ({ main: value })),
        tap({ complete: () => over.next() }),
      ),
    )
  })
}
