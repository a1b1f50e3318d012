import { expect, it } from 'vitest'
import { json } from '../formats/json.ts'
import { s3Sink } from './sink.ts'

it.each([
  [{ bucket: 'a b' }, "bucket is no bucket's name"],
  [{ prefix: '' }, "prefix is '', not a text"],
  [{ prefix: '/ward' }, 'prefix is no folder'],
  [{ prefix: 'ward/../raw' }, 'prefix is no folder'],
  [{ format: undefined }, 'format is no format of lines'],
  [{ gzip: 'yes' }, 'gzip is yes'],
  [{ extension: 'ndjson' }, 'extension is no ending'],
  [{ layout: 'daily' }, "layout is 'daily'"],
  [{ closeAfter: 0 }, 'closeAfter is 0'],
  [{ closeAtBytes: 0 }, 'closeAtBytes is 0'],
  [{ closeAtBytes: 5 * 2 ** 40, partBytes: 2 ** 23 }, 'closeAtBytes is 5497558138880'],
  [{ partBytes: 5 * 1024 * 1024 - 1 }, 'partBytes is 5242879'],
  [{ whenAhead: 'delete' }, "whenAhead is 'delete'"],
  [{ prefx: 'ward' }, 'prefx is no option'],
])('an S3 sink refuses an option that cannot be (%#)', (options, message) => {
  const make = () => s3Sink({ bucket: 'ward', prefix: 'raw', format: json(), ...(options as object) } as never)
  expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
  expect(make).toThrow(message)
})
