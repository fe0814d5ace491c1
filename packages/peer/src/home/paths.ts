import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Every file that hither keeps on a machine. Nothing is written anywhere else. */
export interface Home {
  config: string
  publisherKey: string
  peerKey: string
  aliases: string
  trust: string
  blocks: string
  names: string
  socket: string
}

/**
 * The XDG folders; or `config/` and `data/` in one folder where the user names one.
 *
 * @param folder `--home` or HITHER_HOME.
 */
export function homePaths(folder: string | undefined, env: NodeJS.ProcessEnv = process.env): Home {
  const config = folder ? join(folder, 'config') : join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'hither')
  const data = folder ? join(folder, 'data') : join(env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'hither')
  return {
    config: join(config, 'config.json'),
    publisherKey: join(config, 'publisher.key'),
    peerKey: join(config, 'peer.key'),
    aliases: join(config, 'aliases.json'),
    trust: join(config, 'trust.json'),
    blocks: join(data, 'blocks'),
    names: join(data, 'names'),
    socket: join(data, 'control.sock'),
  }
}

/** Makes the folders, for their owner only. */
export async function makeHome(home: Home): Promise<void> {
  await mkdir(join(home.config, '..'), { recursive: true, mode: 0o700 })
  await mkdir(home.blocks, { recursive: true, mode: 0o700 })
  await mkdir(home.names, { recursive: true, mode: 0o700 })
}
