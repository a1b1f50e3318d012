import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** What to do about a Java that is not there or older than `atLeast`; empty where it is new enough. */
export async function missingJava(atLeast: number): Promise<string[]> {
  const java = await execute('java', ['-version']).catch(() => undefined)
  const version = Number(/version "(\d+)/.exec(java?.stderr ?? '')?.[1])
  if (version >= atLeast) return []
  return [`java ${atLeast} or newer (${java === undefined ? 'there is none' : `it is ${version}`})`]
}

/** What to do about a program that cannot be run with these arguments; empty where it can. */
export async function missingProgram(
  name: string,
  [program = '', ...args]: readonly [string, ...string[]],
): Promise<string[]> {
  return execute(program, args).then(
    () => [],
    () => [name],
  )
}
