import { describe, expect, it } from 'vitest'
import { template } from '../formats/template.ts'
import { snsSink } from './sink.ts'
import { parseSnsSink, type SnsSinkOptions } from './sink-options.ts'
import { snsMessage } from './sns-message.ts'

interface Alarm {
  readonly id: string
  readonly text: string
}

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:alarms'
const message = template<Alarm>('{text}', { fields: ['text'] })
const alarm = { id: 'a1', text: 'red' }
const fifo = { topicArn: `${topicArn}.fifo`, groupId: (): string => 'g', deduplicationId: (): string => 'd' }

function messageOf(options: Partial<SnsSinkOptions<Alarm>>, record: Alarm = alarm) {
  return snsMessage(parseSnsSink<Alarm>({ topicArn, message, ...options }), record)
}

describe('snsSink', () => {
  it.each([
    [{ topicArn: 'alarms' }, 'topicArn is no ARN'],
    [{ message: undefined }, 'message is no template'],
    [{ sms: 'text' }, 'sms is no template'],
    [{ groupId: (): string => 'g' }, 'groupId and deduplicationId go with a FIFO topic only'],
    [{ ...fifo, deduplicationId: undefined }, 'groupId and deduplicationId are needed'],
    [{ batch: { entries: 11 } }, 'batch.entries is 11'],
    [{ batch: { bytes: 262_145 } }, 'batch.bytes is 262145'],
    [{ topic: 'a' }, 'topic is no option'],
  ])('refuses an option that cannot be (%#)', (options, what) => {
    const make = () => snsSink({ topicArn, message, ...(options as object) } as never)
    expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(make).toThrow(what)
  })
})

describe('a message', () => {
  it('says to each channel what is for it', () => {
    const sms = template<Alarm>('sms {text}', { fields: ['text'] })
    const { entry } = messageOf({ sms, email: message, subject: message })
    expect(entry.MessageStructure).toBe('json')
    expect(JSON.parse(entry.Message ?? '')).toEqual({ default: 'red', sms: 'sms red', email: 'red' })
    expect(entry.Subject).toBe('red')
  })

  it('has attributes of their types, which count', () => {
    const attributes = () => ({ level: 'red', spo2: 81.5, isNew: true, wards: ['3', '4'], none: undefined })
    const { entry, bytes } = messageOf({ attributes })
    expect(entry.MessageAttributes).toEqual({
      level: { DataType: 'String', StringValue: 'red' },
      spo2: { DataType: 'Number', StringValue: '81.5' },
      isNew: { DataType: 'String', StringValue: 'true' },
      wards: { DataType: 'String.Array', StringValue: '["3","4"]' },
    })
    expect(bytes).toBe(3 + (5 + 6 + 3) + (4 + 6 + 4) + (5 + 6 + 4) + (5 + 12 + 9))
  })

  it.each([
    [{ attributes: () => ({ 'a b': 'x' }) }, 'attributes gave a name that is none'],
    [{ attributes: () => ({ level: Number.NaN }) }, "attributes gave for 'level' what is no text"],
    [{ ...fifo, groupId: () => '' }, 'groupId gave what is not 1 to 128 ASCII characters'],
    [{ ...fifo, deduplicationId: () => 'x'.repeat(129) }, 'deduplicationId gave what is not'],
  ])('refuses what a function should not give, without showing it (%#)', (options, what) => {
    const make = () => messageOf(options as Partial<SnsSinkOptions<Alarm>>)
    expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(make).toThrow(what)
  })

  it.each([
    [{}, '', 'SNS_MESSAGE_INVALID'],
    [{ subject: message }, 'two\nlines', 'SNS_MESSAGE_INVALID'],
    [{ subject: message }, 'höchster', 'SNS_MESSAGE_INVALID'],
    [{}, 'é'.repeat(131_073), 'SNS_MESSAGE_TOO_LARGE'],
  ])('is refused where the service would not take it (%#)', (options, text, code) => {
    const make = () => messageOf(options, { id: 'a', text })
    expect(make).toThrow(expect.objectContaining({ code }))
    if (text !== '') expect(make).not.toThrow(text.slice(0, 5))
  })

  it('may be as large as the service takes', () => {
    expect(messageOf({}, { id: 'a', text: 'é'.repeat(131_072) }).bytes).toBe(262_144)
  })
})
