import { resolve } from 'node:path'
import type { Source, SourceContext, SourceReader } from '@millrace/core/connector'
import type { DecoderPosition } from '../formats/format.ts'
import { discoverFiles } from './discover-files.ts'
import { FileReader } from './file-reader.ts'
import { OpenFiles } from './open-files.ts'
import { type FileSourceOptions, parseFileSourceOptions } from './options.ts'

/**
 * Reads files to their ends, each a split of its own, in the order of their names.
 *
 * A file may grow between a stop and a resume, but what was read of it must stay.
 *
 * @throws CONNECTOR_OPTION_INVALID when neither or both of `paths` and `directory` are given, or a number is out of
 * range. While running: FILE_DIRECTORY_UNREADABLE, FILE_NONE_FOUND, FILE_UNREADABLE, FILE_VANISHED, FILE_TRUNCATED,
 * FILE_CHANGED, and what the format throws.
 */
export function fileSource<T, R = T>(options: FileSourceOptions<T, R>): Source<R> {
  const parsed = parseFileSourceOptions(options)
  return {
    kind: 'file',
    bounded: true,
    replayable: true,
    createEnumerator: () => ({ discover: () => discoverFiles(parsed) }),
    createReader: (context: SourceContext): SourceReader<R> => {
      const files = new OpenFiles(parsed.maxOpenFiles)
      return {
        openSplit: (split, position) =>
          FileReader.open(
            {
              path: resolve(parsed.directory, split.id),
              split: split.id,
              files,
              options: parsed,
              signal: context.signal,
            },
            position as DecoderPosition | undefined,
          ),
        close: () => files.close(),
      }
    },
  }
}
