import { Agent, request } from 'node:http'
import { connect, type Net, type PeerCallInfo } from 'hither'

/** Ways to ask another process something small, each a function that does it once. */

export interface ProductAt {
  home: string
  addresses: string[]
}

/** As an app calls: the SDK in this process, as a light peer. */
export function product({ home, addresses }: ProductAt): Promise<Net<PeerCallInfo>> {
  return connect({ via: 'light', home, bootstrap: addresses, mdns: false })
}

export function keptAlive(port: number): () => Promise<void> {
  const agent = new Agent({ keepAlive: true })
  return () =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, agent }, (response) => {
        response.resume()
        response.once('end', resolve)
      })
      asked.once('error', reject).end()
    })
}
