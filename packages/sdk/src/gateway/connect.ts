import { netOver, type Net } from '../net.ts'
import { gatewayRoot } from './address.ts'
import { gatewayCarrier } from './carrier.ts'

export interface ConnectOptions {
  /** The gateway's address, such as `http://localhost:4280`, or where a page's own server passes on to it. */
  url: string | URL
}

/** A net behind a gateway. Nothing is sent before the first call. Throws `usage` for what is no URL. */
export async function connect({ url }: ConnectOptions): Promise<Net> {
  return netOver(gatewayCarrier(gatewayRoot(url)))
}
