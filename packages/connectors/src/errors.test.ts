import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CONNECTOR_ERRORS, type ConnectorErrorCode, MillraceConnectorError, writeError } from './errors.ts'

const codes = Object.keys(CONNECTOR_ERRORS) as ConnectorErrorCode[]
const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'errors.ts')
  .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  .join('\n')
const own = readFileSync(join(import.meta.dirname, 'errors.ts'), 'utf8')

describe('connector errors', () => {
  it.each(codes)('%s is thrown somewhere', (code) => {
    expect(sources.includes(`'${code}'`) || own.includes(`'${code}'`)).toBe(true)
  })

  it('say what happened, then what to do', () => {
    const error = new MillraceConnectorError('FILE_NONE_FOUND', 'data holds no file')
    expect(error.message).toBe('data holds no file (FILE_NONE_FOUND): check the folder, the extensions and recursive')
    expect(error).toMatchObject({ name: 'MillraceConnectorError', code: 'FILE_NONE_FOUND', retryable: false })
  })

  it('know a full disk by what the system and DuckDB say', () => {
    for (const cause of [
      Object.assign(new Error(), { code: 'ENOSPC' }),
      Object.assign(new Error(), { code: 'EFBIG' }),
      new Error('IO Error: Could not write file "x": No space left on device'),
    ]) {
      expect(writeError('LAKE_WRITE_FAILED', 'x', cause)).toMatchObject({
        code: 'CONNECTOR_DISK_FULL',
        retryable: true,
        cause,
      })
    }
    expect(writeError('LAKE_WRITE_FAILED', 'x', new Error('other')).code).toBe('LAKE_WRITE_FAILED')
    const known = new MillraceConnectorError('LAKE_FILE_LOST', 'x')
    expect(writeError('LAKE_WRITE_FAILED', 'y', known)).toBe(known)
  })
})
