import type { Case, Suite } from '../harness/benchmark.ts'
import { kafka } from './broker.ts'

/** Of what the raw client does. */
const AIM = 0.9

const at = (path: string): URL => new URL(path, import.meta.url)

/** One case a client, in turns: the connector with it behind, and the client alone. */
function cases(name: string, title: string, data = name): Case[] {
  return ['platformatic', 'kafkajs'].map((client) => ({
    name: `${name}-${client}`,
    title: `${title}, by ${client}`,
    group: name,
    data: at(`./${data}/by-${client}.ts`),
    contenders: { millrace: at(`./${name}/millrace.ts`), [client]: at(`./${name}/${client}.ts`) },
    aims: { [client]: AIM },
  }))
}

export const suite: Suite = {
  // Kafka Streams is not there: of eleven runs of its keyed window with exactly_once_v2 (4.3.1, commits each 100 ms) seven stalled, for a reason
  // that was not found, and a rival that stalls is no rival to be beaten.
  title:
    'kafka: the connector beside the clients that it stands on, against a Kafka of its own\n' +
    '(no Kafka Streams: 7 of 11 runs of its window job stalled, for a reason not found)',
  surroundings: kafka,
  cases: [
    ...cases('consume', 'records of 200 bytes read and counted'),
    ...cases('produce', 'records of 200 bytes written, at least once'),
    ...cases('transactions', 'the same in transactions of a second', 'produce'),
    ...cases('loop', 'Kafka, windows by key, Kafka: exactly once, a commit each second'),
  ],
  checks: [
    { name: 'backlog', title: '5 M records that wait, through windows into Kafka', program: at('./backlog/check.ts') },
  ],
}
