import { createServer } from 'node:net'

// Below those that a system hands out by itself (32,768 and up on Linux): one of those may be gone before a server asks for it.
const FIRST_PORT = 20_000
const LAST_PORT = 32_000

/** Ports of 127.0.0.1 that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  let port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
  while (ports.length < count) {
    port = port >= LAST_PORT ? FIRST_PORT : port + 1
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
