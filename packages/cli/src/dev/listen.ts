import { toHitherError } from '@hither/core'
import { functionGateway, type Gateway, type GatewayCall } from '@hither/gateway'
import type { Logger } from 'pino'

/** Where handlers are served while they are worked on: the port that other tools for workers have taught people to try. */
const DEV_PORT = 8787

/** Handlers that one works on at once. */
const PORTS_TRIED_MAX = 20

/** Serves on a port that was chosen, which must be free, else on the usual one or the next that is. Throws `port-in-use`. */
export async function listen(
  chosen: number | undefined,
  components: { call: GatewayCall; log: Logger },
): Promise<Gateway> {
  for (let port = chosen ?? DEV_PORT; ; port++) {
    const gateway = functionGateway({ port })(components)
    try {
      await gateway.start()
      return gateway
    } catch (thrown) {
      const mayGoOn = chosen === undefined && port < DEV_PORT + PORTS_TRIED_MAX
      if (!mayGoOn || toHitherError(thrown).code !== 'port-in-use') throw thrown
    }
  }
}
