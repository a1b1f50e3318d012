import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TcpProxy } from './tcp-proxy.ts'

let echo: Server
let proxy: TcpProxy
const clients: Socket[] = []

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await TcpProxy.listen((echo.address() as AddressInfo).port)
})

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  proxy.close()
  echo.close()
})

describe('TcpProxy', () => {
  test('passes on what both sides say, and the end of it', async () => {
    const client = await open()
    expect(await say(client, 'hello')).toBe('hello')
    client.end('good-bye')
    const [last] = (await once(client, 'data')) as [Buffer]
    expect(last.toString()).toBe('good-bye')
    await once(client, 'end')
  })

  test('passes on more than it holds, whole and in order', async () => {
    const client = await open()
    const sent = Buffer.alloc(5 * 1_024 * 1_024, 0).map((_, index) => index % 251)
    const chunks: Buffer[] = []
    client.on('data', (chunk: Buffer) => chunks.push(chunk))
    client.end(sent)
    await once(client, 'end')
    expect(Buffer.concat(chunks).equals(sent)).toBe(true)
  })

  test('counts connections', async () => {
    const [first, second] = [await open(), await open()]
    await say(first, 'a')
    await say(second, 'b')
    expect([proxy.connections, proxy.accepted]).toEqual([2, 2])
    proxy.cut()
    await Promise.all([broken(first), broken(second)])
    expect([proxy.connections, proxy.accepted]).toEqual([0, 2])
  })

  test('cuts the connections there are, and accepts new ones', async () => {
    const client = await open()
    await say(client, 'hello')
    proxy.cut()
    expect(await broken(client)).toBe('ECONNRESET')
    expect(await say(await open(), 'again')).toBe('again')
  })

  test('refuses new connections, leaves old ones alone, and passes again on the same port', async () => {
    const { port } = proxy
    const client = await open()
    await say(client, 'hello')
    proxy.refuse()
    await expect(open()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(await say(client, 'still here')).toBe('still here')
    await proxy.pass()
    expect(proxy.port).toBe(port)
    expect(await say(await open(), 'again')).toBe('again')
  })

  test('delays what is said, in both directions', async () => {
    const client = await open()
    proxy.delay(100)
    const began = performance.now()
    expect(await say(client, 'slow')).toBe('slow')
    expect(performance.now() - began).toBeGreaterThan(190)
  })

  test('accepts and says nothing while it is stalled, and then all that was said', async () => {
    const old = await open()
    await say(old, 'hello')
    proxy.stall()
    const answers: string[] = []
    const answered = [old, await open()].map((client, index) =>
      say(client, `${index}`).then((text) => answers.push(text)),
    )
    // Whatever could pass would have by the time that another proxy has answered.
    const other = await TcpProxy.listen((echo.address() as AddressInfo).port)
    const client = connect(other.port, '127.0.0.1')
    await say(client, 'go on')
    client.destroy()
    other.close()
    expect(answers).toEqual([])
    await proxy.pass()
    await Promise.all(answered)
    expect(answers.sort()).toEqual(['0', '1'])
  })

  test('a server that is not there breaks the connection', async () => {
    echo.close()
    await once(echo, 'close')
    const client = connect(proxy.port, '127.0.0.1')
    clients.push(client)
    await broken(client)
    expect(proxy.connections).toBe(0)
  })
})

async function open(): Promise<Socket> {
  const client = connect(proxy.port, '127.0.0.1')
  clients.push(client)
  await once(client, 'connect')
  return client
}

async function say(client: Socket, text: string): Promise<string> {
  client.write(text)
  const [answer] = (await once(client, 'data')) as [Buffer]
  return answer.toString()
}

/** Resolves with the code of the error that ended it, if one did. */
function broken(client: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let code: string | undefined
    client.once('error', (error: NodeJS.ErrnoException) => {
      code = error.code
    })
    client.once('close', () => resolve(code))
    client.resume()
  })
}
