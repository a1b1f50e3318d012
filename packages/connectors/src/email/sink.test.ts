import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { sinkContract } from '@millrace/core/connector'
import { SMTPServer } from 'smtp-server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { template } from '../formats/template.ts'
import type { UndeliveredNotice } from '../notices/notice.ts'
import type { Recipient } from '../notices/recipient.ts'
import type { EmailSinkOptions } from './options.ts'
import { emailSink } from './sink.ts'

interface Alarm {
  readonly n: number
  readonly bed: string
  readonly name?: string
}

interface Mail {
  readonly to: readonly string[]
  readonly text: string
}

const stopping = new AbortController()
let server: SMTPServer
let mails: Mail[]
/** What the server says to a recipient; nothing: it takes the mail. */
let refusal: (to: string) => number | undefined

beforeEach(async () => {
  mails = []
  refusal = () => undefined
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _, done) {
      const responseCode = refusal(address)
      done(responseCode === undefined ? null : Object.assign(new Error(`no ${address}`), { responseCode }))
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString() })
        done()
      })
    },
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
})

afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())))

function recipient(id: string, status: Recipient['status'] = 'confirmed'): Recipient {
  return { id, address: `${id}@ward.example`, status }
}

function sinkOf(options: Partial<EmailSinkOptions<Alarm>> = {}) {
  const { port } = server.server.address() as AddressInfo
  return emailSink<Alarm>({
    ...{ smtp: { host: '127.0.0.1', port }, from: 'Millrace <alarms@ward.example>', recipients: [recipient('a')] },
    ...{ key: ({ n }) => `alarm-${n}`, subject: template('Alarm in bed {bed}', { fields: ['bed'] }) },
    ...{ body: template('Alarm {n}', { fields: ['n'] }), ...options },
  })
}

async function writeAll(records: readonly Alarm[], options: Partial<EmailSinkOptions<Alarm>> = {}) {
  const writer = await sinkOf(options).open({ operatorId: 'mail', signal: stopping.signal, restored: false })
  await writer.write(
    records,
    records.map(() => 0),
  )
  await writer.prepareCommit?.(1)
  await writer.close?.()
}

const header = (mail: Mail | undefined, name: string): string | undefined =>
  mail?.text.match(new RegExp(`^${name}: (.*)\r$`, 'm'))?.[1]
const numberOf = ({ text }: Mail): number => Number(/\r\n\r\nAlarm (\d+)/.exec(text)?.[1])

describe('an e-mail sink', () => {
  const cases = sinkContract<Alarm>({
    create: () => ({ sink: sinkOf(), read: () => mails.map((mail) => ({ n: numberOf(mail), bed: '7' })) }),
    record: (n) => ({ n, bed: '7' }),
    skips: { 'takes batches of none, one and many': 'a mail for each of 5,000 records takes its time' },
  })
  for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)

  it('sends each recipient a mail of their own, with the same Message-ID each time, and lets out no other field', async () => {
    const recipients = [recipient('a'), recipient('b'), recipient('c', 'unconfirmed'), recipient('d', 'suspended')]
    const alarm = { n: 1, bed: '7', name: 'A. Person' }
    await writeAll([alarm], { recipients })
    await writeAll([alarm], { recipients })
    expect(mails.map(({ to }) => to).toSorted()).toEqual(['a', 'a', 'b', 'b'].map((id) => [`${id}@ward.example`]))
    const ids = mails.map((mail) => `${mail.to[0]} ${header(mail, 'Message-ID')}`)
    expect(new Set(ids).size).toBe(2)
    expect(header(mails[0], 'Message-ID')).toMatch(/^<[0-9a-f]{40}@ward\.example>$/)
    expect(header(mails[0], 'Subject')).toBe('Alarm in bed 7')
    expect(mails.map(({ text }) => text).join()).not.toContain('Person')
  })

  it('lets no field add a header or a recipient', async () => {
    const recipients = [{ id: 'a', address: 'a@ward.example, evil@example.org', status: 'confirmed' } as const]
    await writeAll([{ n: 1, bed: '7\r\nBcc: evil@example.org' }])
    await writeAll([{ n: 2, bed: '7' }], { recipients, retryFor: 0 })
    expect(header(mails[0], 'Subject')).toBe('Alarm in bed 7 Bcc: evil@example.org')
    expect(header(mails[0], 'Bcc')).toBeUndefined()
    expect(mails.flatMap(({ to }) => to)).not.toContain('evil@example.org')
  })

  it('tries again what the server refuses for now, and nothing of others', async () => {
    let refused = 0
    refusal = (to) => (to.startsWith('b') && refused++ < 3 ? 451 : undefined)
    await writeAll([{ n: 1, bed: '7' }], { recipients: [recipient('a'), recipient('b')] })
    expect(mails.map(({ to }) => to[0])).toEqual(['a@ward.example', 'b@ward.example'])
    expect(refused).toBe(4)
  })

  it('gives up at once what the server refuses for good, says so without an address, and goes on', async () => {
    refusal = (to) => (to.startsWith('b') ? 550 : undefined)
    const undelivered: UndeliveredNotice[] = []
    const recipients = [recipient('b'), recipient('a')]
    await writeAll([{ n: 1, bed: '7' }], { recipients, onUndelivered: (notice) => undelivered.push(notice) })
    expect(mails.map(({ to }) => to[0])).toEqual(['a@ward.example'])
    expect(undelivered).toMatchObject([{ key: 'alarm-1', recipientId: 'b', error: { code: 'NOTICE_UNDELIVERED' } }])
    expect(String(undelivered[0]?.error)).toContain("a notice of sink 'mail': the mail server said 550")
    expect(String(undelivered[0]?.error)).not.toContain('ward.example')
  })

  it('outlasts a server that cannot be reached for a while', async () => {
    const smtp = { host: '127.0.0.1', port: 1 }
    const undelivered: UndeliveredNotice[] = []
    const onUndelivered = (notice: UndeliveredNotice) => void undelivered.push(notice)
    await writeAll([{ n: 1, bed: '7' }], { smtp, retryFor: 200, onUndelivered })
    expect(undelivered[0]?.error.message).toContain('the mail server gave no answer')
  })

  it.each([
    [{ smtp: undefined }, 'transport or smtp, one of them, is needed'],
    [{ transport: { sendMail: async () => undefined } }, 'transport or smtp, one of them, is needed'],
    [{ from: 'nobody' }, 'from is no address'],
    [{ subject: 'text' }, 'subject is no template'],
    [{ to: 'x' }, 'to is no option'],
  ])('refuses an option that cannot be (%#)', (options, message) => {
    const make = () => sinkOf(options as never)
    expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(make).toThrow(message)
  })
})
