import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './command.ts'

/** Takes a command's arguments apart: so many files, and options with a text each. */
export function takeArguments<O extends string>(
  args: readonly string[],
  files: { readonly least: number; readonly most: number },
  options: { readonly required?: readonly O[]; readonly optional?: readonly O[]; readonly flags?: readonly O[] },
): { readonly files: readonly string[]; readonly options: Readonly<Partial<Record<O, string | boolean>>> } {
  const { required = [], optional = [], flags = [] } = options
  const known: NonNullable<ParseArgsConfig['options']> = {}
  for (const name of [...required, ...optional]) known[name] = { type: 'string' }
  for (const name of flags) known[name] = { type: 'boolean' }
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({ args: [...args], options: known, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { positionals, values } = parsed
  if (positionals.length < files.least || positionals.length > files.most) {
    const needed = files.least === files.most ? `${files.least}` : `${files.least} or more`
    throw new UsageError(`${needed} file${needed === '1' ? '' : 's'} needed, got ${positionals.length}`)
  }
  for (const name of required) if (typeof values[name] !== 'string') throw new UsageError(`--${name} is needed`)
  return { files: positionals, options: values as Partial<Record<O, string | boolean>> }
}
