import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { SMTPServer } from 'smtp-server'
import { expect, inject, test } from 'vitest'
import { clientConfig } from './client-config.ts'
import { LocalTopic } from './local-topic.ts'

const root = join(import.meta.dirname, '../../../..')
const alarm = { id: 'a1', bed: '7', level: 'red', patientName: 'A. Person' }

/** Starts the first job of a page as it stands, in a folder of its own. */
function started(page: string, env: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}) {
  const guide = readFileSync(join(root, 'docs/guide', page), 'utf8')
  const [, job = ''] = /```ts no-run\n([\s\S]*?)```/.exec(guide) ?? []
  expect(job).toContain('createEnvironment')
  mkdirSync(join(root, '.examples'), { recursive: true })
  const folder = mkdtempSync(join(root, '.examples/messages-'))
  for (const [name, text] of Object.entries({ 'job.ts': job, ...files })) writeFileSync(join(folder, name), text)
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const child = spawn(process.execPath, ['--conditions=@millrace/source', 'job.ts'], {
    cwd: folder,
    env: { ...process.env, ...credentials, AWS_ENDPOINT: inject('aws').ministack, ...env },
    stdio: 'inherit',
  })
  const exited = once(child, 'exit').then((how) => {
    rmSync(folder, { recursive: true, force: true })
    return how as [number | null, string | null]
  })
  return { stop: () => child.kill('SIGTERM'), exited }
}

async function queue(name: string) {
  const sqs = new SQSClient(clientConfig(inject('aws').ministack))
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `guide-${process.pid}-${name}` }))
  return {
    url: QueueUrl,
    send: (value: unknown) =>
      sqs.send(
        new SendMessageCommand({ QueueUrl, MessageBody: typeof value === 'string' ? value : JSON.stringify(value) }),
      ),
    receive: async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
      return Messages.map(({ Body = '' }): unknown => JSON.parse(Body))
    },
  }
}

test("the job of SQS's page runs as it stands", async () => {
  const [readings, low] = [await queue('readings'), await queue('low')]
  for (const spo2 of [88, 87]) await readings.send({ patientId: 'p1', spo2 })
  await readings.send('no reading')
  const job = started('sqs.md', { READINGS_QUEUE: readings.url, LOW_QUEUE: low.url })
  const seen: unknown[] = []
  await expect.poll(async () => seen.push(...(await low.receive())), { timeout: 30_000 }).toBe(1)
  job.stop()
  expect(await job.exited).toEqual([0, null])
  expect(seen).toEqual([{ patientId: 'p1', spo2: 87 }])
})

test("the job of SNS's page runs as it stands", async () => {
  const alarms = await queue('alarms')
  const topic = await LocalTopic.create(inject('aws').ministack, true)
  const read = await topic.subscribed()
  await alarms.send(alarm)
  await alarms.send(alarm)
  const job = started('sns.md', { ALARMS_QUEUE: alarms.url, ALARMS_TOPIC: topic.arn })
  const seen: string[] = []
  await expect.poll(async () => seen.push(...(await read())), { timeout: 30_000 }).toBe(1)
  job.stop()
  expect(await job.exited).toEqual([0, null])
  seen.push(...(await read()))
  expect(seen).toHaveLength(1)
  expect(seen[0]).toContain('red')
  expect(seen[0]).not.toContain('Person')
})

test("the job of the notices' page runs as it stands", async () => {
  const posted: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      posted.push(`${request.headers['webhook-id']} ${body}`)
      response.end()
    })
  })
  const mails: string[] = []
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, done) {
      let mail = envelope.rcptTo.map(({ address }) => address).join()
      stream.on('data', (chunk) => {
        mail += ` ${chunk}`
      })
      stream.on('end', () => {
        mails.push(mail)
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  smtp.listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), once(smtp.server, 'listening')])
  const portOf = (address: unknown): number => (address as AddressInfo).port
  try {
    const job = started(
      'notices.md',
      {
        WARD_URL: `http://127.0.0.1:${portOf(server.address())}/alarms`,
        WARD_SECRET: 'a secret of thirty-two bytes....',
        SMTP_URL: `smtp://127.0.0.1:${portOf(smtp.server.address())}`,
      },
      { 'alarms.ndjson': `${JSON.stringify(alarm)}\n${JSON.stringify({ ...alarm, id: 'a2', level: 'yellow' })}\n` },
    )
    expect(await job.exited).toEqual([0, null])
    expect(posted).toEqual(['a1 {"id":"a1","bed":"7","level":"red"}', 'a2 {"id":"a2","bed":"7","level":"yellow"}'])
    expect(mails).toHaveLength(1)
    expect(mails[0]).toMatch(/^on-call@ward\.example [\s\S]*red alarm in bed 7/)
    expect(mails.join()).not.toContain('Person')
  } finally {
    server.close()
    await new Promise<void>((resolve) => smtp.close(() => resolve()))
  }
})
