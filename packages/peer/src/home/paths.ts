import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { makeDirectory } from '@hither/store'

/** Every file that hither keeps on a machine. Nothing is written anywhere else. */
export interface Home {
  config: string
  publisherKey: string
  peerKey: string
  networkKey: string
  aliases: string
  trust: string
  blocks: string
  names: string
  receipts: string
  stories: string
  secrets: string
  socket: string
}

/**
 * The XDG folders; or `config/` and `data/` in one folder where the user names one.
 *
 * @param folder `--home` or HITHER_HOME.
 */
export function homePaths(
  folder: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): Home {
  const config = folder ? join(folder, 'config') : join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'hither')
  const data = folder ? join(folder, 'data') : join(env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'hither')
  return {
    config: join(config, 'config.json'),
    publisherKey: join(config, 'publisher.key'),
    peerKey: join(config, 'peer.key'),
    networkKey: join(config, 'network.key'),
    aliases: join(config, 'aliases.json'),
    trust: join(config, 'trust.json'),
    blocks: join(data, 'blocks'),
    names: join(data, 'names'),
    receipts: join(data, 'receipts'),
    stories: join(data, 'stories'),
    secrets: join(data, 'secrets'),
    socket: platform === 'win32' ? pipeOf(data) : join(data, 'control.sock'),
  }
}

const PIPES = '\\\\.\\pipe\\'

/** Windows has sockets in a place of their own, by names that say nothing of a folder. */
function pipeOf(folder: string): string {
  return `${PIPES}hither-${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 32)}`
}

/** Such a name is no file: there is nothing to set modes of, and nothing is left behind. */
export function isPipe(path: string): boolean {
  return path.startsWith(PIPES)
}

/** Makes the folders, for their owner only. Throws `bad-config`, `store-full`. */
export async function makeHome(home: Home): Promise<void> {
  for (const folder of [dirname(home.config), home.blocks, home.names]) await makeDirectory(folder)
}
