import { describe, expect, it } from 'vitest'
import { json } from '../formats/json.ts'
import { text } from '../formats/text.ts'
import { firehoseSink } from './sink.ts'

const context = { operatorId: 'raw', signal: new AbortController().signal, restored: false }

describe('firehoseSink', () => {
  it.each([
    [{ deliveryStream: 'a stream' }, 'deliveryStream is no name'],
    [{ format: undefined }, 'format is no format'],
    [{ delimiter: 10 }, 'delimiter is number'],
    [{ batch: { entries: 501 } }, 'batch.entries is 501'],
    [{ batch: { bytes: 4 * 1024 * 1024 + 1 } }, 'batch.bytes is 4194305'],
    [{ bach: {} }, 'bach is no option'],
  ])('refuses an option that cannot be (%#)', (options, message) => {
    const make = () => firehoseSink({ deliveryStream: 's', format: json(), ...(options as object) } as never)
    expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(make).toThrow(message)
  })

  it('refuses a record that is larger than the service takes, without showing it', async () => {
    const config = { region: 'us-east-1', endpoint: 'http://127.0.0.1:9' }
    const writer = await firehoseSink({ deliveryStream: 's', format: text(), config }).open(context)
    const write = () => writer.write(['x'.repeat(1_000 * 1024)], [0])
    expect(write).toThrow(expect.objectContaining({ code: 'FIREHOSE_RECORD_TOO_LARGE' }))
    expect(write).toThrow('a record has 1024001 bytes with its delimiter')
    expect(write).not.toThrow('xxx')
    await writer.close?.()
  })
})
