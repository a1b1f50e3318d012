// Runs one example after another in this process, and reports what it printed and why it failed.
import { chdir } from 'node:process'
import { pathToFileURL } from 'node:url'
import { net } from '../../packages/rules/test/canaries/net.ts'

/** What an example did. */
export interface Report {
  readonly output: string
  readonly error?: string
}

let output = ''
process.stdout.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
  output += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
  const done = rest.find((r) => typeof r === 'function') as ((error?: Error) => void) | undefined
  if (done) setImmediate(done)
  return true
}) as typeof process.stdout.write

const tell = (report: Report): void => {
  // Readings that rules were given were full of canaries.
  net.watch('stdout', report.output)
  const leaks = net.taken()
  process.send?.(leaks.length === 0 ? report : { ...report, error: `canaries got out: ${JSON.stringify(leaks)}` })
}
process.on('uncaughtException', (error) => tell({ output, error: error.stack ?? String(error) }))

process.on('message', ({ path, folder }: { path: string; folder: string }) => {
  output = ''
  chdir(folder)
  import(pathToFileURL(path).href).then(
    () => tell({ output }),
    (error: Error) => tell({ output, error: error.stack ?? String(error) }),
  )
})
