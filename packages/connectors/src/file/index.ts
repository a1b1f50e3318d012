/**
 * Files: lines and rows in, lines out.
 *
 * Source. Replay: from any position (byte offset and line), as often as wanted; a file that was changed below the
 * position is refused. Order: that of the file, within each file. Bounded: ends at the files' ends.
 *
 * Sink. Delivery: exactly once; readers see a checkpoint's lines when it is committed, and whole. Order: as written.
 * What a restart repeats: nothing; an append that a crash cut off is finished, and lines that no checkpoint holds are
 * removed with their pending file. One sink a file, and nobody else writes to it.
 */
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export type { FileSinkOptions, FileSourceOptions, RowPlace } from './options.ts'
export { fileSink } from './sink.ts'
export { fileSource } from './source.ts'
