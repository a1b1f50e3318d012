import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { type GuideTrial, ndjson } from './trial.ts'

/** A ward's HTTP server and a mail server in this process, and two alarms in a file. */
export async function start(): Promise<GuideTrial> {
  const posted: string[] = []
  const mailed: string[] = []
  const ward = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      posted.push(`posted under the key ${request.headers['webhook-id']}: ${body}`)
      response.end()
    })
  })
  const mail = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, done) {
      let text = ''
      stream.on('data', (chunk) => {
        text += String(chunk)
      })
      stream.on('end', () => {
        const to = envelope.rcptTo.map(({ address }) => address).join()
        mailed.push(`mailed to ${to}: ${text.slice(text.indexOf('\r\n\r\n')).trim()}`)
        done()
      })
    },
  })
  ward.listen(0, '127.0.0.1')
  mail.listen(0, '127.0.0.1')
  await Promise.all([once(ward, 'listening'), once(mail.server, 'listening')])
  const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port
  const alarm = { id: 'a1', bed: '7', level: 'red', patientName: 'A. Person' }
  return {
    started: "a ward's server, and one for mails",
    env: {
      WARD_URL: `http://127.0.0.1:${portOf(ward)}/alarms`,
      WARD_SECRET: 'a secret of thirty-two bytes....',
      SMTP_URL: `smtp://127.0.0.1:${portOf(mail.server)}`,
    },
    files: { 'alarms.ndjson': ndjson([alarm, { ...alarm, id: 'a2', level: 'yellow' }]) },
    left: async () => [...posted.toSorted(), ...mailed],
    close: async () => {
      ward.close()
      await new Promise<void>((resolve) => mail.close(() => resolve()))
    },
  }
}
