import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import type { Run } from '../../harness/benchmark.ts'
import { Sends } from '../../harness/sends.ts'
import { writtenTo } from '../dynamodb-table.ts'
import type { Reading } from '../readings.ts'
import { tokenOf, writesOf } from './writes.ts'

const IN_FLIGHT = 16

export const run: Run<readonly Reading[]> = (readings, clock) =>
  writtenTo(async (client, table) => {
    clock.start()
    const sends = new Sends(IN_FLIGHT)
    for (const reading of readings) {
      const input = { TransactItems: writesOf(table, reading), ClientRequestToken: tokenOf(table, reading) }
      void sends.add(client.send(new TransactWriteCommand(input)))
      await sends.room()
    }
    await sends.all()
    clock.stop()
  })
