import { resolve } from 'node:path'
import { takeArguments } from './arguments.ts'
import { type Command, FoundWrong } from './command.ts'
import { readRules } from './read-rules.ts'
import { type Release, ReleaseFolder } from './release-folder.ts'
import { shortVersion, summaryOf } from './rules-check.ts'

/** Puts rules in force, with who did it and why. Rules with a mistake are refused as a whole. */
export const rulesRelease: Command = {
  words: ['rules', 'release'],
  usage: 'millrace rules release FILE --to FOLDER --by NAME --because TEXT',
  run(args, { cwd, print, now }) {
    const { files, options } = takeArguments(args, { least: 1, most: 1 }, { required: ['to', 'by', 'because'] })
    const { rules, text } = readRules(cwd, files[0] as string)
    const folder = new ReleaseFolder(resolve(cwd, options.to as string))
    const about = {
      version: rules.version,
      at: now().toISOString(),
      by: options.by as string,
      because: options.because as string,
    }
    folder.alone(() => {
      const last = folder.history().at(-1)
      if (last?.version === rules.version) {
        print(`release ${last.number} has these rules already: nothing is changed`)
      } else {
        const { number } = folder.release(text, about)
        print(`release ${number} is in force: ${summaryOf(rules)}`)
      }
    })
    return 0
  },
}

/** Puts the rules before in force again, or those of a release that is named. */
export const rulesBack: Command = {
  words: ['rules', 'back'],
  usage: 'millrace rules back --to FOLDER --by NAME --because TEXT [--release NUMBER]',
  run(args, { cwd, print, now }) {
    const { options } = takeArguments(
      args,
      { least: 0, most: 0 },
      { required: ['to', 'by', 'because'], optional: ['release'] },
    )
    const folder = new ReleaseFolder(resolve(cwd, options.to as string))
    folder.alone(() => {
      const target = targetOf(folder.history(), options.release as string | undefined)
      const { version, number: backTo } = target
      const about = {
        version,
        at: now().toISOString(),
        by: options.by as string,
        because: options.because as string,
        backTo,
      }
      const { number } = folder.release(folder.textOf(target), about)
      print(`release ${number} is in force: the rules of release ${backTo}, version ${shortVersion(version)}`)
    })
    return 0
  },
}

/** Who changed what is in force, when and why. */
export const rulesHistory: Command = {
  words: ['rules', 'history'],
  usage: 'millrace rules history FOLDER',
  run(args, { cwd, print }) {
    const { files } = takeArguments(args, { least: 1, most: 1 }, {})
    const history = new ReleaseFolder(resolve(cwd, files[0] as string)).history()
    if (history.length === 0) throw new FoundWrong(`${files[0]} has no releases`)
    for (const { number, version, at, by, because, backTo } of history) {
      const back = backTo === undefined ? '' : ` (back to ${backTo})`
      print(`${number}  ${at.slice(0, 16).replace('T', ' ')}  ${shortVersion(version)}  ${by}: ${because}${back}`)
    }
    return 0
  },
}

function targetOf(history: readonly Release[], wanted: string | undefined): Release {
  const last = history.at(-1)
  const named = wanted === undefined ? undefined : history.find(({ number }) => String(number) === wanted)
  // Back from a way back leads further back: to what was in force before the rules that are there now were.
  const first = history.findIndex(({ version }) => version === last?.version)
  const target = wanted === undefined ? history[first - 1] : named
  if (target !== undefined) return target
  throw new FoundWrong(wanted === undefined ? 'there is no release before this one' : `there is no release ${wanted}`)
}
