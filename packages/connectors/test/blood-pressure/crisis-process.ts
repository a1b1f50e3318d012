// The job in a process of its own: `node --conditions=@millrace/source crisis-process.ts PLACES DRAIN_MS`. On SIGTERM it takes no more
// records, finishes what is in flight, and ends with 0; with 1 where that takes longer than DRAIN_MS. Says `SEEN N` as it goes.
import { s3CheckpointStorage } from '../../src/s3/index.ts'
import { s3Config } from '../aws/local-bucket.ts'
import { type CrisisPlaces, crisisJob } from './crisis-job.ts'

const [places = '{}', drainMs = ''] = process.argv.slice(2)
const at = JSON.parse(places) as CrisisPlaces
const storage = s3CheckpointStorage({ bucket: at.bucket, prefix: 'state', config: s3Config(at.aws) })
const job = crisisJob(at).executeAsync({ checkpoints: { every: 100, storage } })

const progress = setInterval(() => console.log(`SEEN ${job.metrics().recordsIn}`), 10)
process.once('SIGTERM', () => {
  const isLate = setTimeout(() => process.exit(1), Number(drainMs))
  const begun = performance.now()
  job.stop().then(
    () => {
      clearTimeout(isLate)
      console.log(`DRAINED in ${Math.round(performance.now() - begun)} ms`)
    },
    () => undefined,
  )
})
try {
  await job.finished
} finally {
  clearInterval(progress)
}
