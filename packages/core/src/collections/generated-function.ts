/**
 * Makes a function of source text, so that what is only known when a job is built (how many aggregates, under which names) is
 * straight code in a loop that runs once a record. `values` are what the text may name.
 *
 * Where texts may not become code (a content security policy, Node's `--disallow-code-generation-from-strings`), gives the
 * fallback, which must do the same.
 */
export function generatedFunction<F>(source: string, values: Readonly<Record<string, unknown>>, fallback: F): F {
  try {
    return new Function(...Object.keys(values), `'use strict'; return ${source}`)(...Object.values(values)) as F
  } catch (error) {
    if (error instanceof EvalError) return fallback
    throw error
  }
}
