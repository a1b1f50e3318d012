// A recording of blood pressures through Kinesis (kinesalite), a rule, SNS and hourly objects in S3 (ministack), by a job in a process of
// its own that is ended by SIGTERM again and again; and what SQL finds in the objects held against the alarms that were told.
//
//   MILLRACE_DATA=DIR node --conditions=@millrace/source scripts/blood-pressure.ts [--lives 8] [--drain 10000]
//
// DIR holds seeds/blood_pressure. Needs python3 with venv for ministack. The last line is `N passed, N failed`; ends non-zero where one has.
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { AwsPeer } from '../packages/connectors/test/aws/aws-peer.ts'
import { isCrisis, type Pressure } from '../packages/connectors/test/blood-pressure/crisis-job.ts'
import { runCrisisJob } from '../packages/connectors/test/blood-pressure/crisis-life.ts'
import { byId, CrisisWorld } from '../packages/connectors/test/blood-pressure/crisis-world.ts'
import { hasRecording, pressures, RECORDING } from '../packages/connectors/test/blood-pressure/recording.ts'

const { values: options } = parseArgs({
  options: { lives: { type: 'string', default: '8' }, drain: { type: 'string', default: '10000' } },
})
const lives = Number(options.lives)
const drainMs = Number(options.drain)
let [passed, failed] = [0, 0]

function check(what: string, holds: boolean): void {
  if (holds) passed += 1
  else failed += 1
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`)
}

if (!hasRecording) {
  console.error(
    `there is no recording in ${RECORDING}: set MILLRACE_DATA to the folder that holds seeds/blood_pressure`,
  )
  process.exit(1)
}
const rows = pressures()
const peer = await AwsPeer.ministack()
try {
  const world = await CrisisWorld.create(peer.endpoint)
  try {
    await run(world)
  } finally {
    await world.close()
  }
} finally {
  await peer.close()
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function run(world: CrisisWorld): Promise<void> {
  const alarms: Pressure[] = []
  const drained: number[] = []
  const part = Math.ceil(rows.length / lives)
  for (let life = 0; life < lives; life++) {
    const end = Math.min(rows.length, (life + 1) * part)
    await world.feed(rows.slice(life * part, end))
    const isLast = life === lives - 1
    // In the middle of a part, but the last.
    const { code, errors, drainedMs } = await runCrisisJob(world.places, drainMs, (seen) =>
      isLast ? seen === rows.length : seen > life * part + part / 10,
    )
    drained.push(drainedMs)
    alarms.push(...(await world.alarms()))
    check(`life ${life + 1} ended with 0 after SIGTERM, drained in ${drainedMs} ms`, code === 0 && errors === '')
    const found = await world.query('systolic >= 200 OR diastolic >= 120')
    check(`its ${found.length} alarms are those that SQL finds`, isDeepStrictEqual(alarms.toSorted(byId), found))
  }
  const stored = await world.query('true')
  check(
    `${stored.length} rows in objects are the ${rows.length} of the recording`,
    isDeepStrictEqual(stored, rows.toSorted(byId)),
  )
  const expected = rows.filter(isCrisis).toSorted(byId)
  check(`${alarms.length} alarms are the rule's`, isDeepStrictEqual(alarms.toSorted(byId), expected))
  check('nothing is left under way', (await world.bucket.uploads()).length === 0)
  const objects = await world.bucket.keys('readings/')
  console.log(`${objects.length} objects; drained in ${Math.max(...drained)} ms at most, of ${drainMs}`)
}
