import { GATEWAY_PORT, HitherError, Shape } from '@hither/core'
import { STORE_CAP_BYTES } from '../limits/functions.ts'
import { DEFAULT_LEND, readLend, type Settings } from '../volunteer/settings.ts'
import { readJson } from './json.ts'

/** What `fn up` does unless a flag says otherwise. */
export interface Config {
  /** Addresses to listen on, as IP and port. */
  host: string
  port: number
  /** Where HTTP is taken, on loopback only; 0 for any free port. */
  gatewayPort: number
  /** Find peers on the LAN, and be found. */
  mdns: boolean
  /** Multiaddrs of peers to stay connected to. */
  bootstrap: string[]
  /** Run functions for others. */
  volunteer: boolean
  /** Run strangers' code even where no jail would hold it. */
  weakJail: boolean
  /** Cores lent to functions; 0 for all. */
  cores: number
  /** Disk lent to blocks. */
  storeBytes: number
  /** When this machine is lent, and what else; see `fn volunteer`. */
  lend: typeof DEFAULT_LEND
}

/** The port is ours by no registry: it is fixed so that `--bootstrap` and firewalls have something to name. */
export const DEFAULT_CONFIG: Config = {
  host: '0.0.0.0',
  port: 4248,
  gatewayPort: GATEWAY_PORT,
  mdns: true,
  bootstrap: [],
  volunteer: false,
  weakJail: false,
  cores: 0,
  storeBytes: STORE_CAP_BYTES,
  lend: DEFAULT_LEND,
}

/** What a peer of this configuration lends. */
export function settingsOf({ volunteer: on, cores, storeBytes: disk, lend }: Config): Settings {
  return { on, cores, disk, ...lend }
}

/** Reads config.json over the defaults. Throws `bad-config` naming the field. */
export async function readConfig(path: string): Promise<Config> {
  const value = await readJson(path)
  if (value === undefined) return { ...DEFAULT_CONFIG }
  try {
    const shape = new Shape(value, path, 'bad-config')
    shape.only(...Object.keys(DEFAULT_CONFIG))
    const or = <T>(field: keyof Config, fallback: T, read: () => T): T => (shape.has(field) ? read() : fallback)
    return {
      host: or('host', DEFAULT_CONFIG.host, () => shape.string('host', 64)),
      port: or('port', DEFAULT_CONFIG.port, () => shape.integer('port', 0, 65_535)),
      gatewayPort: or('gatewayPort', DEFAULT_CONFIG.gatewayPort, () => shape.integer('gatewayPort', 0, 65_535)),
      mdns: or('mdns', DEFAULT_CONFIG.mdns, () => shape.boolean('mdns')),
      bootstrap: or('bootstrap', DEFAULT_CONFIG.bootstrap, () => shape.strings('bootstrap')),
      volunteer: or('volunteer', DEFAULT_CONFIG.volunteer, () => shape.boolean('volunteer')),
      weakJail: or('weakJail', DEFAULT_CONFIG.weakJail, () => shape.boolean('weakJail')),
      cores: or('cores', DEFAULT_CONFIG.cores, () => shape.integer('cores', 0, 1024)),
      storeBytes: or('storeBytes', DEFAULT_CONFIG.storeBytes, () => shape.integer('storeBytes', 0, 2 ** 50)),
      lend: or('lend', DEFAULT_CONFIG.lend, () => readLend(shape.raw('lend'), path)),
    }
  } catch (error) {
    if (!(error instanceof HitherError)) throw error
    throw new HitherError('bad-config', error.message, {
      ...(error.why !== undefined && { why: error.why }),
      fix: 'mend the file, or move it away to start from the defaults',
    })
  }
}
