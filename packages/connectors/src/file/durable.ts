import { type FileHandle, open } from 'node:fs/promises'
import { systemCode } from '../errors.ts'

/** Makes a folder's entries durable: files made, renamed or removed in it. */
export async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    // Windows opens no folders, and needs no such call.
    if (systemCode(error) === 'EISDIR' || systemCode(error) === 'EPERM') return
    throw error
  }
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Writes all bytes at an offset, however the system cuts them. */
export async function writeAll(handle: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    written += (await handle.write(bytes, written, bytes.length - written, offset + written)).bytesWritten
  }
}
