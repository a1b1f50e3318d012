// kinesalite brings no types.
declare module 'kinesalite' {
  import type { Server } from 'node:http'

  interface KinesaliteOptions {
    readonly createStreamMs?: number
    readonly deleteStreamMs?: number
    readonly updateStreamMs?: number
    readonly shardLimit?: number
    /** A folder of LevelDB; in memory without it. */
    readonly path?: string
  }

  // biome-ignore lint/style/noDefaultExport: it is the package's.
  export default function kinesalite(options?: KinesaliteOptions): Server
}
