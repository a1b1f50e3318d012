import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where a peer of this name is kept: in `MILLRACE_CACHE`, by default `~/.cache/millrace`. */
export function cacheFolder(name: string): string {
  return join(process.env.MILLRACE_CACHE ?? join(homedir(), '.cache/millrace'), name)
}

/** The folder of that name in the cache, filled by `fill` where it is not there yet. It appears whole or not at all. */
export async function installOnce(name: string, fill: (part: string) => Promise<void>): Promise<string> {
  const folder = cacheFolder(name)
  if (existsSync(folder)) return folder
  await mkdir(join(folder, '..'), { recursive: true })
  const part = await mkdtemp(`${folder}-part-`)
  try {
    await fill(part)
    await rename(part, folder)
  } catch (error) {
    // Another run was first: its folder is as good.
    if (!existsSync(folder)) throw error
  } finally {
    await rm(part, { recursive: true, force: true })
  }
  return folder
}
