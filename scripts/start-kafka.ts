// npx node --conditions=@millrace/source scripts/start-kafka.ts [FOLDER] [NAME=VALUE...]: starts a Kafka of one node from packages,
// prints `bootstrap 127.0.0.1:PORT`, and ends it on SIGINT or SIGTERM, or with this process.
//
// FOLDER keeps data and address for the next start; without one they are gone. NAME=VALUE are more of server.properties.
import { KafkaBroker } from '../packages/connectors/test/kafka/kafka-broker.ts'

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => interrupted.abort(new Error(`interrupted by ${name}`)))
}
const args = process.argv.slice(2)
const folder = args.find((arg) => !arg.includes('='))
const properties = Object.fromEntries(
  args
    .filter((arg) => arg.includes('='))
    .map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]),
)

const broker = await KafkaBroker.start({ ...(folder === undefined ? {} : { folder }), properties }, interrupted.signal)
console.log(`bootstrap ${broker.bootstrap.join(',')}`)
console.log(`data and log in ${broker.folder}; interrupt to end it`)
const stayAlive = setInterval(() => undefined, 60_000)
if (!interrupted.signal.aborted) {
  await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve, { once: true }))
}
clearInterval(stayAlive)
await broker.close()
