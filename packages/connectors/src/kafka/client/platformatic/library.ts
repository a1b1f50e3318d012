import { MillraceConnectorError } from '../../../errors.ts'

export type Library = typeof import('@platformatic/kafka')

/**
 * Loads the optional peer.
 *
 * @throws CONNECTOR_PEER_MISSING
 */
export async function loadLibrary(
  load: () => Promise<Library> = () => import('@platformatic/kafka'),
): Promise<Library> {
  try {
    return await load()
  } catch (cause) {
    throw new MillraceConnectorError('CONNECTOR_PEER_MISSING', "platformatic() needs '@platformatic/kafka'", { cause })
  }
}
