import { expect, it } from 'vitest'
import { json } from '../formats/json.ts'
import { s3Source } from './source.ts'

it.each([
  [{ from: '2026-11-26T14:00' }, 'from has no time zone'],
  [{ from: '2026-11-26T14:30Z' }, 'from is not the beginning of an hour'],
  [{ from: Number.NaN }, 'from is not the beginning of an hour'],
  [{ to: '2026-11-26T14:00Z' }, 'to is no later than from'],
  [{ to: Date.UTC(10_001, 0, 1) }, 'to is not the beginning of an hour'],
  [{ format: {} }, 'format is no format of rows'],
  [{ extensions: ['csv'] }, "extensions has 'csv'"],
  [{ gzip: 1 }, 'gzip is 1'],
  [{ chunkBytes: 0 }, 'chunkBytes is 0'],
  [{ bucket: '' }, "bucket is '', not a text"],
  [{ until: 1 }, 'until is no option'],
])('an S3 source refuses an option that cannot be (%#)', (options, message) => {
  const range = { from: '2026-11-26T14:00Z', to: '2026-11-26T16:00+01:00' }
  const make = () =>
    s3Source({ bucket: 'ward', prefix: 'raw', ...range, format: json(), ...(options as object) } as never)
  expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
  expect(make).toThrow(message)
})
