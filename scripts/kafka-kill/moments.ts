import { COMMITTING, DURABLE, STORING } from './settings.ts'

/**
 * `prepared`: when a checkpoint is durable and nothing is committed; `committing`: when one sink has committed and the other has not;
 * `storing`: before the checkpoint is durable; `starting`: while a life recovers what the one before has left.
 */
export type Moment = 'anywhere' | 'prepared' | 'committing' | 'storing' | 'starting'
/** The kills, in turn: half of them are aimed between the preparation of a checkpoint and its commit. */
export const MOMENTS: readonly Moment[] = [
  'anywhere',
  'prepared',
  'starting',
  'committing',
  'anywhere',
  'storing',
  'anywhere',
  'prepared',
]
/** When zombies are stopped, in turn. */
export const ZOMBIE_MOMENTS: readonly Moment[] = ['anywhere', 'prepared', 'storing', 'committing', 'starting']
const AIMS = {
  prepared: { line: DURABLE, lingers: 'durable' },
  committing: { line: COMMITTING, lingers: 'committing' },
  storing: { line: STORING, lingers: 'storing' },
} as const

/** What is waited for, and where the life takes its time; `undefined` where the moment is left to chance. */
export function aimOf(moment: Moment): (typeof AIMS)[keyof typeof AIMS] | undefined {
  return moment === 'anywhere' || moment === 'starting' ? undefined : AIMS[moment]
}
