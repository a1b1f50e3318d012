import { checkFunction, checkObject, shown } from '../elements/check-given.ts'
import { MillraceError } from '../errors.ts'
import type { JobHandle, JobResult } from '../runtime/job-handle.ts'
import { StreamEnvironment, startGraph } from './environment.ts'
import type { ExecuteOptions } from './execute-options.ts'

/** A job as a module exports it: a name, and how its graph is written. Building it twice gives the same graph. */
export interface JobDefinition {
  readonly name: string
  build(env: StreamEnvironment): void
}

/** Defines a job: `export default defineJob('ward', (env) => { ... })`. */
export function defineJob(name: string, build: (env: StreamEnvironment) => void): JobDefinition {
  if (typeof name !== 'string' || name === '') {
    throw new MillraceError('CORE_OPTION_INVALID', `the job's name was ${shown(name)}`)
  }
  checkFunction(build, 'what builds a job')
  return { name, build }
}

/** Builds a defined job and starts it. @throws CORE_JOB_INVALID with every mistake, before anything runs. */
export function start(job: JobDefinition, options: ExecuteOptions = {}): JobHandle {
  checkObject(job, 'a job', ['build'])
  const env = new StreamEnvironment(job.name)
  job.build(env)
  return startGraph(env.graph(), options)
}

/** Builds a defined job and runs it to its end. */
export async function run(job: JobDefinition, options: ExecuteOptions = {}): Promise<JobResult> {
  return start(job, options).finished
}
