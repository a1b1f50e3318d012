import { setTimeout as pause } from 'node:timers/promises'
import type { Duration, Source } from '@millrace/core/connector'
import { checkNames, durationMs, functionOption, text, wholeNumber } from '../option-checks.ts'
import { WatchedFileReader } from './watched-file-reader.ts'

/** What a watched file holds, once it has come to rest. */
export interface FileContent {
  readonly path: string
  readonly text: string
  /** When it was written last, in ms since 1970 UTC, by the file system. */
  readonly modified: number
  /** Of this content and this time: another for each that is given, also where a file goes back to an earlier content. */
  readonly version: string
}

export interface WatchedFileOptions<R = FileContent> {
  readonly path: string
  /** Makes the record of what the file holds. What it throws fails the job. Default: the content. */
  readonly map?: (content: FileContent) => R
  /** How often the file is looked at. Default 1 s. */
  readonly every?: Duration
  /** A file that is larger becomes a reject. Default 16 MiB. */
  readonly maxBytes?: number
}

const MIB = 1024 * 1024

/**
 * Gives what a small file holds, at first and whenever it holds something else: settings, rules. It is looked at again and again, which works
 * on every file system, also where files are replaced by their name. Two looks in a row have to find the same, so that a file that is just being
 * written is not given by half; what stood in it for a shorter time is passed over. While it is not there, nothing is given.
 *
 * Never ends. A job that goes on from a checkpoint is given what the file holds if that is something else by then.
 *
 * Rejects: `file-too-large`, `utf8-invalid`. Metrics: gauge `missing` (1 while there is no file).
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: FILE_UNREADABLE.
 */
export function watchedFile<R = FileContent>(options: WatchedFileOptions<R>): Source<R> {
  checkNames('', options, ['path', 'map', 'every', 'maxBytes'])
  const path = text('path', options.path)
  const map = functionOption('map', options.map)
  const everyMs = durationMs('every', options.every ?? '1s', 1)
  const maxBytes = wholeNumber('maxBytes', options.maxBytes ?? 16 * MIB, 1, 1024 * MIB)
  return {
    kind: 'file',
    bounded: false,
    replayable: true,
    createEnumerator: () => ({ discoverEveryMs: Infinity, discover: () => [{ id: path }] }),
    createReader: (context) => ({
      openSplit: (_, position) => {
        const nextLook = () => pause(everyMs, undefined, { signal: context.signal })
        return new WatchedFileReader<R>({ path, maxBytes, map, context, nextLook }, position)
      },
    }),
  }
}
