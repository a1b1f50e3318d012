/**
 * Files: lines and rows in, lines out.
 *
 * Source. Replay: from any position (byte offset and line), as often as wanted; a file that was changed below the
 * position is refused. Order: that of the file, within each file. Bounded: ends at the files' ends.
 *
 * Watched file. Gives what a small file holds, at first and whenever that is something else. Replay: what it holds then. What a restart
 * repeats: nothing. What stood in it for less than two looks is passed over.
 *
 * Sink. Delivery: exactly once; readers see a checkpoint's lines when it is committed, and whole. Order: as written.
 * What a restart repeats: nothing; an append that a crash cut off is finished, and lines that no checkpoint holds are
 * removed with their pending file. One sink a file, and nobody else writes to it.
 */
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export type { FileSinkOptions, FileSourceOptions, RowPlace } from './options.ts'
export { fileSink } from './sink.ts'
export { fileSource } from './source.ts'
export { type FileContent, type WatchedFileOptions, watchedFile } from './watched-file.ts'
