import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// npm run example: lists the examples; with a name, runs one.
const [name] = process.argv.slice(2)
const main = join(import.meta.dirname, name ?? '', 'main.ts')
if (name !== undefined && existsSync(main)) await import(pathToFileURL(main).href)
else {
  const names = readdirSync(import.meta.dirname).filter((n) => existsSync(join(import.meta.dirname, n, 'main.ts')))
  process.stdout.write(`npm run example -- NAME, where NAME is one of: ${names.join(', ')}\n`)
  process.exitCode = name === undefined ? 0 : 1
}
