import { HitherError } from '@hither/core'
import {
  connectControl,
  homePaths,
  openPeer,
  readConfig,
  settingsOf,
  type Home,
  type PeerComponents,
} from '@hither/peer'
import { pino } from 'pino'
import { netOver, type Net } from '../net.ts'
import { peerCarrier, type PeerCallInfo } from './carrier.ts'
import { sessions, type Session } from './sessions.ts'

export interface ConnectOptions {
  /**
   * `running`: the peer that `fn up` keeps on this machine, and nothing else. `light`: a peer in this process, which only calls.
   * By default the former where there is one, else the latter.
   */
  via?: 'running' | 'light'
  /** The folder of keys and data, the closed network's key among them; by default that of HITHER_HOME, else the user's own. */
  home?: string
  /** Multiaddrs of peers to stay connected to, besides those that the home's configuration names. */
  bootstrap?: string[]
  /** Whether a light peer looks for others on the LAN; by default as the home's configuration says. */
  mdns?: boolean
  /** What a light peer has to tell besides its errors; by default nobody hears it. */
  log?: PeerComponents['log']
}

/**
 * Joins the network, by this machine's running peer or as a light peer of its own. Where the running peer goes away, calls that
 * were under way fail, and the next one connects anew in the same way. Throws `peer-unreachable` where only a running peer
 * would do and there is none, and `bad-config`.
 */
export async function connect(options: ConnectOptions = {}): Promise<Net<PeerCallInfo>> {
  const ways = sessions(() => open(options))
  await ways.current()
  return netOver(peerCarrier(ways))
}

async function open({ via, home: folder, bootstrap = [], mdns, log }: ConnectOptions): Promise<Session> {
  const home = homePaths(folder ?? process.env['HITHER_HOME'])
  const running = via === 'light' ? undefined : await runningPeer(home, bootstrap)
  if (running !== undefined) return running
  if (via !== 'running') return lightPeer(home, { bootstrap, mdns, log: log ?? pino({ level: 'silent' }) })
  throw new HitherError('peer-unreachable', 'no peer runs on this machine', {
    why: `nothing answers on ${home.socket}`,
    fix: 'start one with: fn up   or leave out "via" to join without one',
  })
}

async function runningPeer(home: Home, bootstrap: string[]): Promise<Session | undefined> {
  const client = await connectControl(home.socket)
  if (client === undefined) return undefined
  // Addresses that do not answer are tried further by the peer.
  if (bootstrap.length > 0) await client.join({ addresses: bootstrap })
  return { api: client, gone: () => client.closed, close: async () => client.close() }
}

interface LightInit {
  bootstrap: string[]
  mdns: boolean | undefined
  log: PeerComponents['log']
}

async function lightPeer(home: Home, { bootstrap, mdns, log }: LightInit): Promise<Session> {
  const config = await readConfig(home.config)
  const peer = await openPeer(
    {
      home,
      listen: [],
      announce: [],
      mdns: mdns ?? config.mdns,
      bootstrap: [...config.bootstrap, ...bootstrap],
      trust: [],
      anyone: false,
      volunteer: settingsOf(config),
      lasting: false,
    },
    { log },
  )
  await peer.start()
  return { api: peer, gone: () => false, close: async () => void (await peer.stop({ graceMs: 0 })) }
}
