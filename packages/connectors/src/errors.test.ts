import { describe, expect, it } from 'vitest'
import { MillraceConnectorError, writeError } from './errors.ts'

describe('connector errors', () => {
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
