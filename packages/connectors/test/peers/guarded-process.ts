import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

// The shell's input is a pipe that this process holds: it ends with us, however we end, also by SIGKILL.
const GUARD = `limit=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
pid=$!
{ read -r how <&3; [ "$how" = kill ] && kill -9 $pid
kill $pid; for i in $(seq $((limit * 5))); do kill -0 $pid || exit; sleep 0.2; done; kill -9 $pid; } >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait $pid
code=$?
kill $guard 2>/dev/null
exit $code`

const STOP_LIMIT_S = 10

/** A process that does not outlive this one. */
export class GuardedProcess {
  readonly name: string
  readonly ended: Promise<void>
  isRunning = true
  readonly #shell: ChildProcess
  readonly #stopLimitS: number

  /** Starts it; what it writes to its outputs goes to the end of `logFile`. It has `stopLimitS` to end when it is told to. */
  constructor(
    name: string,
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    logFile: string,
    stopLimitS: number = STOP_LIMIT_S,
  ) {
    this.name = name
    this.#stopLimitS = stopLimitS
    const log = openSync(logFile, 'a')
    // A group of its own: an interrupt at the terminal is ours to answer, in order.
    this.#shell = spawn('sh', ['-c', GUARD, 'sh', String(stopLimitS), ...command], {
      detached: true,
      stdio: ['pipe', log, log],
      env: { ...process.env, ...env },
    })
    closeSync(log)
    // It may end by itself while it is told to.
    this.#shell.stdin?.on('error', () => undefined)
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.isRunning = false
        resolve()
      }
      this.#shell.once('exit', end)
      this.#shell.once('error', end)
    })
  }

  /** Ends it, gently at first, and waits until it is gone. */
  async stop(): Promise<void> {
    if (!this.isRunning) return
    const late = setTimeout(() => this.#killGroup(), (this.#stopLimitS + 5) * 1_000)
    this.#shell.stdin?.end()
    await this.ended
    clearTimeout(late)
  }

  /** Ends it as a crash does, by SIGKILL, and waits until it is gone, with its ports and locks. */
  async kill(): Promise<void> {
    if (!this.isRunning) return
    this.#shell.stdin?.end('kill\n')
    await this.ended
  }

  #killGroup(): void {
    if (this.isRunning && this.#shell.pid !== undefined) process.kill(-this.#shell.pid, 'SIGKILL')
  }
}
