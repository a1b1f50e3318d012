import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Split } from '@millrace/core/connector'
import { MillraceConnectorError } from '../errors.ts'
import type { ParsedFileSourceOptions } from './options.ts'

/** The files to read as splits, in the order of their ids' code units. */
export async function discoverFiles(options: Discovery): Promise<Split[]> {
  const ids = options.paths === undefined ? await listFiles(options) : await checkFiles(options.paths)
  return [...ids].sort((a, b) => (a < b ? -1 : 1)).map((id) => ({ id }))
}

type Discovery = Pick<ParsedFileSourceOptions<unknown, unknown>, 'paths' | 'directory' | 'extensions' | 'recursive'>

async function checkFiles(paths: readonly string[]): Promise<readonly string[]> {
  for (const path of paths) {
    let isFile: boolean
    try {
      isFile = (await stat(path)).isFile()
    } catch (cause) {
      throw new MillraceConnectorError('FILE_UNREADABLE', `${path} cannot be read`, { cause })
    }
    if (!isFile) throw new MillraceConnectorError('FILE_UNREADABLE', `${path} is no file`)
  }
  return paths
}

async function listFiles({ directory, extensions, recursive }: Discovery): Promise<string[]> {
  const found: string[] = []
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await list(join(resolve(directory), folder))) {
      if (entry.name.startsWith('.')) continue
      const id = folder === '' ? entry.name : `${folder}/${entry.name}`
      const isLink = entry.isSymbolicLink()
      if (entry.isFile() || (isLink && (await isFile(join(resolve(directory), id))))) {
        if (extensions === undefined || extensions.some((extension) => entry.name.endsWith(extension))) found.push(id)
      } else if (recursive && entry.isDirectory()) folders.push(id)
    }
  }
  if (found.length > 0) return found
  const which = extensions === undefined ? 'file' : `file that ends in ${extensions.join(' or ')}`
  throw new MillraceConnectorError('FILE_NONE_FOUND', `${directory} holds no ${which}`)
}

async function list(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (cause) {
    throw new MillraceConnectorError('FILE_DIRECTORY_UNREADABLE', `${path} cannot be listed`, { cause })
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    // A link to nowhere is no file.
    return false
  }
}
